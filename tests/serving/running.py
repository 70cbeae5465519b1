"""A server process for a test, told through files what to do; see `model_runner`."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = {"grpc": "tests.serving.grpc_server", "http": "tests.serving.http_server"}


class Running:
    """A server on loopback."""

    def __init__(self, address: str, control: Path, process: subprocess.Popen[str]) -> None:
        self.address, self.process = address, process
        self._asked, self._faults = control / "asked", control / "faults"

    def will(self, *faults: str) -> None:
        """What the next requests to predict meet, one after the other; the count of requests begins anew."""
        self._faults.write_text("\n".join(faults)) if faults else self._faults.unlink(missing_ok=True)
        self._asked.write_text("")

    @property
    def asked(self) -> int:
        """Requests to predict since `will`."""
        return len(self._asked.read_text().splitlines())


@contextlib.contextmanager
def running(scheme: str, models: Mapping[str, Path], control: Path) -> Iterator[Running]:
    """A server of `models` that ends with the block."""
    control.mkdir(parents=True)
    served = [f"{name}={base}" for name, base in models.items()]
    command = [sys.executable, "-m", SCHEMES[scheme], f"--control={control}", *served]
    pipe = subprocess.PIPE
    with (
        (control / "log").open("w") as log,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True, cwd=ROOT) as process,
    ):
        try:
            port = process.stdout.readline().strip()
            assert port, (control / "log").read_text()
            yield Running(f"{scheme}://127.0.0.1:{port}", control, process)
        finally:
            process.kill()
