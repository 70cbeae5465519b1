"""The directory of a run: one configuration, one process at a time."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from cgn_tf.errors import CommandError
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.lock import Lock


class WorkDirError(CommandError):
    """A work directory that cannot be had: in use, of another run, or not a directory that can be written."""


class WorkDir:
    """A run's directory, locked for this process within the `with` block.

    The lock is that of `Lock` on the file `.lock`: it ends with the process, however that ends.

    Example:
        >>> with WorkDir("runs/one") as workdir:
        ...     workdir.bind_config(to_dict(config), mutable={"steps"})
        ...     checkpoints.save(workdir.checkpoints, ...)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock: Lock | None = None

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints of the run are."""
        return self.path / "checkpoints"

    @property
    def sample_grids(self) -> Path:
        """Where the sample grids of the run are."""
        return self.path / "sample_grids"

    @property
    def logs(self) -> Path:
        """Where TensorBoard looks."""
        return self.path / "tensorboard"

    @property
    def config_file(self) -> Path:
        """The resolved configuration of the run, JSON."""
        return self.path / "config.json"

    @property
    def _config(self) -> ConfigBinding:
        return ConfigBinding(self.config_file, "a run", "`workdir`", WorkDirError)

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
            # a process that was killed before it bound the directory leaves the file of the lock
            self._config.refuse_foreign(own={self.lock_file.name})
            self._lock = self._acquire()
        except (FileExistsError, NotADirectoryError):
            raise WorkDirError(f"{self.path}: expected a directory, got a file; choose another `workdir`.") from None
        except OSError as error:
            raise WorkDirError(
                f"{self.path}: expected a directory that can be written, got: {error.strerror}; "
                "choose another `workdir`."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def bind_config(
        self, config: Mapping[str, Any], mutable: Collection[str], defaults: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Makes the directory that of `config`, or holds it to be so already.

        Args:
            config: as from `to_dict`.
            mutable: names of options that may change from one process to the next; `config.json` follows them.
            defaults: of all options, for a directory of an earlier version: see `ConfigBinding.bind`.

        Raises:
            WorkDirError: the directory is of a run with another configuration; names what differs, old and new.
            RuntimeError: outside the `with` block.
        """
        if self._lock is None:
            raise RuntimeError(f"{self.path}: expected to be bound within its `with` block, where it is locked.")
        self._config.bind(config, mutable, defaults)

    def _acquire(self) -> Lock:
        lock = Lock.attempt(self.lock_file)
        if lock is None:
            holder = self.lock_file.read_bytes()[:32].decode("ascii", "replace").strip()
            raise WorkDirError(
                f"{self.path}: is in use by process {holder or 'of unknown id'}; "
                "wait for its end, stop it, or choose another `workdir`."
            )
        try:
            self.lock_file.write_text(f"{os.getpid()}\n")
        except BaseException:
            lock.release()
            raise
        return lock
