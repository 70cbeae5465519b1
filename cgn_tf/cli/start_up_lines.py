"""What TensorFlow's libraries write to stderr while they are imported, and that says nothing to the reader of a run.

Those lines go past Python and past TF_CPP_MIN_LOG_LEVEL: "All log messages before absl::InitializeLog()", the CUDA
plugins that register or are not there, the instructions of the CPU, oneDNN. During the import and the first look for
GPUs, a process of a few lines
of Python stands between the descriptor and stderr: what it does not know passes at once, also where the import ends the
process.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import IO, cast

KEEP_VARIABLE = "CGN_TF_START_UP_LINES"
"""Where this variable of the environment is 1, all lines are shown."""

_FILTER = r"""
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
known = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|[IW]\d{4} \d\d:|"
    rb"\d{4}-\d\d-\d\d \S+ [IW] |To enable the following instructions|"
    rb"E\d{4} .*Unable to register cu|E\d{4} .*failed call to cuInit: .*(\(303\)|no CUDA-capable device)|"
    rb"\d{4}-\d\d-\d\d \S+ E .*Unable to register cu"
)
for line in sys.stdin.buffer:
    if not known.match(line):
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
"""


class _TensorFlowImport(MetaPathFinder):
    """Finds `tensorflow` as it is found without it, and has its lines hidden while it is imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            with _hidden():
                execute(module)
                # a machine without a GPU says so at the first look for one, which changes nothing
                module.config.list_physical_devices()

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def hide_start_up_lines() -> None:
    """Hides them at the import of TensorFlow to come; nothing where it is imported already."""
    known = any(isinstance(finder, _TensorFlowImport) for finder in sys.meta_path)
    if "tensorflow" not in sys.modules and not known and os.environ.get(KEEP_VARIABLE) != "1":
        sys.meta_path.insert(0, _TensorFlowImport())


@contextlib.contextmanager
def _hidden() -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    # -S and -I: without site-packages Python starts in some ten milliseconds
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", "-c", _FILTER], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr
    )
    pipe = cast("IO[bytes]", process.stdin)  # there, since it was asked for
    os.dup2(pipe.fileno(), 2)
    pipe.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        os.close(stderr)
        process.wait()
