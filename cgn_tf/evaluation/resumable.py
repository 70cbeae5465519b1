"""Arrays that take long to compute, kept beside a report until it is written, so that an interrupted run goes on."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.report_files import REPORT_FILES
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.directories import remove_directory
from cgn_tf.files.json_file import read_json
from cgn_tf.files.lock import Lock
from cgn_tf.files.npz_file import NpzError, read_npz
from cgn_tf.render.image_progress import ImageProgress

CONFIG = "config.json"
COMPUTED = "computed"
"""Directory of what was computed so far, within that of the report."""


class ComputedRows:
    """Rows of arrays by name, a file for each chunk of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def rows(
        self, name: str, count: int, chunk: int, compute: Callable[[int, int], np.ndarray], shown: bool = True
    ) -> np.ndarray:
        """All rows of an array; only those that no earlier run left are computed.

        Args:
            name: of the array; letters, digits, underscores and hyphens.
            count: N, the number of rows, at least 1.
            chunk: rows that are computed, and kept, at once.
            compute: start and stop → the rows in between, [stop − start, ...]. It must depend on nothing but these
                and the configuration that the directory is bound to.
            shown: whether progress is shown, with rate and time left.

        Returns:
            The array [N, ...].

        Raises:
            CommandError: the disk refuses.
        """
        starts = range(0, count, chunk)
        paths = {start: self._directory / f"{name}_{start:08d}.npz" for start in starts}
        found = {start: self._read(path, min(chunk, count - start)) for start, path in paths.items()}
        done = sum(len(rows) for rows in found.values() if rows is not None)
        with contextlib.ExitStack() as stack:
            progress = None
            if shown and done < count:
                progress = stack.enter_context(ImageProgress(count, done))
            for start, path in paths.items():
                if found[start] is not None:
                    continue
                rows = compute(start, min(start + chunk, count))
                self._write(path, rows)
                found[start] = rows
                if progress is not None:
                    progress.advance(len(rows))
        return np.concatenate([rows for rows in found.values() if rows is not None])

    def _read(self, path: Path, length: int) -> np.ndarray | None:
        """The rows of a chunk; None where there are none that are whole."""
        if not path.exists():
            return None
        with contextlib.suppress(NpzError):
            rows = read_npz(path, ["rows"])["rows"]
            if len(rows) == length:
                return rows
        return None

    def _write(self, path: Path, rows: np.ndarray) -> None:
        encoded = io.BytesIO()
        np.savez(encoded, rows=rows)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            write_atomically(path, encoded.getvalue())
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror}); choose another `output_dir`.") from error


def _refuse_other_suite(output: Path, config: Mapping[str, Any]) -> None:
    """Holds a directory that is bound to something to be that of a report of the same suite."""
    if "suite" not in config or not (output / CONFIG).exists():
        return
    try:
        kept = read_json(output / CONFIG)
    except (OSError, ValueError):
        return  # which the binding tells of
    suite = kept.get("suite") if isinstance(kept, Mapping) else None
    if suite != config["suite"]:
        got = f"that of a report of `suite={suite}`" if suite else f"one whose {CONFIG} is of something else"
        raise CommandError(
            f"{output}: expected a directory for a report of `suite={config['suite']}`, got {got}; choose another "
            "`output_dir`."
        )


@contextlib.contextmanager
def resumable_report(output: Path, config: Mapping[str, Any]) -> Iterator[ComputedRows]:
    """Binds the directory of a report to a configuration; what is computed within the block is kept until it ends well.

    Args:
        output: directory of the report, made where missing.
        config: all that determines the figures, with the entry of `cgn_tf.files.contents.contents` for the files that
            are read.

    Raises:
        CommandError: the directory is another's, of another configuration, or in use by another process; or the disk
            refuses.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = Lock.attempt(output, directory=True)
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another `output_dir`.") from error
    if lock is None:
        raise CommandError(
            f"{output}: another process writes a report there; wait for it, or choose another `output_dir`."
        )
    with lock:
        binding = ConfigBinding(output / CONFIG, "a report", "`output_dir`", CommandError)
        binding.refuse_foreign([COMPUTED, *REPORT_FILES])
        _refuse_other_suite(output, config)
        binding.bind(config, mutable=["output_dir"])
        yield ComputedRows(output / COMPUTED)
        if (output / COMPUTED).exists():
            remove_directory(output / COMPUTED)
