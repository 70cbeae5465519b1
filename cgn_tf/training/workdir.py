"""The directory of a run: one configuration, one process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cgn_tf.checkpoints.claim import ConfigFile
from cgn_tf.errors import CommandError


class WorkDirError(CommandError):
    """A work directory that cannot be had: in use, of another run, or not a directory that can be written."""


class WorkDir:
    """A run's directory, locked for this process within the `with` block.

    The lock is an advisory one of the operating system on `.lock`: it ends with the process however that ends,
    SIGKILL included, so there is never a stale one to remove.

    Example:
        >>> with WorkDir("runs/one") as workdir:
        ...     workdir.claim(to_dict(config), mutable={"steps"})
        ...     checkpoints.save(workdir.checkpoints, ...)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock: int | None = None

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints of the run are."""
        return self.path / "checkpoints"

    @property
    def sheets(self) -> Path:
        """Where the image sheets of the run are."""
        return self.path / "sheets"

    @property
    def logs(self) -> Path:
        """Where TensorBoard looks."""
        return self.path / "tensorboard"

    @property
    def config_file(self) -> Path:
        """The resolved configuration of the run, JSON."""
        return self.path / "config.json"

    @property
    def _config(self) -> ConfigFile:
        return ConfigFile(self.config_file, "a run", "--workdir", WorkDirError)

    @property
    def lock_file(self) -> Path:
        """Holds the id of the process that has the directory, or had it last."""
        return self.path / ".lock"

    def __enter__(self) -> Self:
        """Creates the directory where missing, and locks it.

        Raises:
            WorkDirError: another process has it, a file is in its place, it cannot be written, or it holds things
                that are not of a run, which are left untouched.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._config.refuse_foreign(own={self.lock_file.name})  # which a process killed before its claim leaves
            self._lock = self._acquire()
        except (FileExistsError, NotADirectoryError):
            raise WorkDirError(f"{self.path}: expected a directory, got a file; choose another --workdir.") from None
        except OSError as error:
            raise WorkDirError(
                f"{self.path}: expected a directory that can be written, got: {error.strerror}; "
                "choose another --workdir."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)  # which unlocks; the file stays, because removing it would race with the next process
            self._lock = None

    def claim(self, config: Mapping[str, Any], mutable: Collection[str]) -> None:
        """Makes the directory that of `config`, or holds it to be so already.

        Args:
            config: as from `to_dict`.
            mutable: names of options that may change from one process to the next; `config.json` follows them.

        Raises:
            WorkDirError: the directory is of a run with another configuration; names what differs, old and new.
            RuntimeError: outside the `with` block.
        """
        if self._lock is None:
            raise RuntimeError(f"{self.path}: expected to be claimed within its `with` block, where it is locked.")
        self._config.claim(config, mutable)

    def _acquire(self) -> int:
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise WorkDirError(
                f"{self.path}: is in use by process {holder or 'of unknown id'}; "
                "wait for its end, stop it, or choose another --workdir."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
