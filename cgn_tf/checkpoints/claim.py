"""A directory that belongs to one configuration, which it keeps as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.config.options import differences
from cgn_tf.durable import partial_name, write_atomically
from cgn_tf.errors import CommandError


class ConfigFile(NamedTuple):
    """The file with the configuration of a directory; two processes must not claim it at once, so lock it first.

    Attributes:
        path: of the file.
        owner: what the directory is of, in errors: "a run".
        flag: of the command, with which another directory is chosen.
        error: what is raised.
    """

    path: Path
    owner: str
    flag: str
    error: type[CommandError]

    def refuse_foreign(self, own: Collection[str] = ()) -> None:
        """Holds a directory without the file to be empty, but for files named `own` and what a killed claim leaves.

        Raises:
            CommandError: it holds something else, which is left untouched.
            OSError: it cannot be read.
        """
        if self.path.exists():
            return
        known = {*own, partial_name(self.path).name}
        foreign = sorted(path.name for path in self.path.parent.iterdir() if path.name not in known)
        if foreign:
            raise self.error(
                f"{self.path.parent}: expected a new or empty directory, or one of {self.owner}, got one without "
                f"{self.path.name} that holds {foreign[0]}; choose another {self.flag}."
            )

    def claim(self, config: Mapping[str, Any], mutable: Collection[str]) -> None:
        """Makes the directory that of `config`, or holds it to be so already.

        Args:
            config: as from `to_dict`.
            mutable: names of options that may change from one process to the next; the file follows them.

        Raises:
            CommandError: the directory has another configuration; names what differs, old and new.
        """
        if self.path.exists():
            old = self._read()
            changed = differences(old, config, ignore=mutable)
            if changed:
                raise self.error(
                    f"{self.path.parent}: is of {self.owner} with another configuration ({'; '.join(changed)}); "
                    f"go on with the old values, or choose another {self.flag}."
                )
            if not differences(old, config):
                return
        try:
            write_atomically(self.path, (json.dumps(config, indent=2) + "\n").encode())
        except OSError as error:
            raise self.error(f"{self.path}: cannot be written ({error.strerror}).") from error

    def _read(self) -> dict[str, Any]:
        try:
            old = json.loads(self.path.read_bytes())
        except (OSError, ValueError) as error:
            raise self.error(
                f"{self.path}: expected the JSON of a configuration, got other content ({error}); "
                f"restore it, or choose another {self.flag}."
            ) from error
        if not isinstance(old, dict):
            raise self.error(f"{self.path}: expected a JSON object, got {type(old).__name__}.")
        return old
