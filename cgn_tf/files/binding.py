"""A directory that belongs to one configuration, which it keeps as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import partial_name
from cgn_tf.files.contents import CONTENTS, compared
from cgn_tf.files.json_file import json_text, read_json, write_json
from cgn_tf.files.lock import Lock
from cgn_tf.options.dictionaries import differences, option_values
from cgn_tf.options.former_options import present_values

_SHOWN = 8
"""Differences that a message lists."""

LOCK = ".lock"
"""The file that whoever holds a directory has locked."""


class ConfigBinding(NamedTuple):
    """Binds a directory to one configuration; two processes must not bind it at once, so lock it first.

    Attributes:
        path: the file that holds the configuration, directly in the directory.
        owner: what the directory is of, in errors: "a run".
        option: the option that chooses the directory, in backticks: "`workdir`".
        error: class of the errors that are raised.
    """

    path: Path
    owner: str
    option: str
    error: type[CommandError]

    def refuse_foreign(self, own: Collection[str] = ()) -> None:
        """Holds a directory without the file to be empty, but for files named `own` and what a killed process leaves.

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
                f"{self.path.name} that holds {foreign[0]}; choose another {self.option}."
            )

    def hold(
        self, config: Mapping[str, Any], mutable: Collection[str], defaults: Mapping[str, Any] = MappingProxyType({})
    ) -> Lock:
        """Makes the directory that of `config`, once no other process has it; for the arguments see `bind`.

        Returns:
            The lock on the directory, which is the caller's to release.

        Raises:
            CommandError: as for `refuse_foreign` and `bind`; or a file lies in the directory's place.
            OSError: it cannot be made or read.
        """
        directory = self.path.parent
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.refuse_foreign(own={LOCK})
        except (FileExistsError, NotADirectoryError):
            raise self.error(f"{directory}: expected a directory, got a file; choose another {self.option}.") from None
        lock = Lock.wait_for(directory / LOCK)
        try:
            self.bind(config, mutable, defaults)
        except BaseException:
            lock.release()
            raise
        return lock

    def bind(
        self, config: Mapping[str, Any], mutable: Collection[str], defaults: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Makes the directory that of `config`, or holds it to be so already.

        Where an option names files and `config` has the entry that `contents` makes, what lies there counts and the
        path does not. A directory that was bound without such a digest is held to the path; it has the digest from
        then on.

        Args:
            config: as from `to_dict`, with the entry of `contents` where files are read.
            mutable: names of options that may change from one process to the next; the file follows them.
            defaults: as from `default_values`. An option that the file lacks, which an earlier version wrote, counts
                as its default, and one that has another name now is known by it.

        Raises:
            CommandError: the directory has another configuration, or files have other content; names what differs.
        """
        if self.path.exists():
            old = self._read()
            unchanged = self._unchanged_files(old, config)
            before, after = ({n: v for n, v in one.items() if n != CONTENTS} for one in (old, config))
            if defaults:
                before, after = present_values(before, defaults), option_values(after)
                added = {name: defaults[name] for name in after if name not in before and name in defaults}
                before |= added
            changed = differences(before, after, ignore={*mutable, *unchanged})
            if changed:
                more = [f"and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else []
                shown = "; ".join(changed[:_SHOWN] + more)
                raise self.error(
                    f"{self.path.parent}: is of {self.owner} with another configuration ({shown}); "
                    f"go on with the old values, or choose another {self.option}."
                )
            if old == json.loads(json_text(config)):
                return
        try:
            write_json(self.path, config)
        except OSError as error:
            raise self.error(f"{self.path}: cannot be written ({error.strerror}).") from error

    def _unchanged_files(self, old: Mapping[str, Any], config: Mapping[str, Any]) -> set[str]:
        """Names of the options whose files are known to be those of before; CommandError where some are not."""
        same = compared(old, config)
        replaced = [name for name in same if not same[name]]
        if replaced:
            before, after = option_values(old), option_values(config)
            first = replaced[0]
            raise self.error(
                f"{self.path.parent}: is of {self.owner} with other data: `{first}={after.get(first)}` holds other "
                f"data than {before.get(first)} did when it was begun; give the data of then, or choose another "
                f"{self.option}."
            )
        return set(same)

    def _read(self) -> dict[str, Any]:
        try:
            old = read_json(self.path)
        except ValueError as error:
            raise self.error(
                f"{self.path}: expected the JSON of a configuration, got other content ({error}); "
                f"restore it, or choose another {self.option}."
            ) from error
        if not isinstance(old, dict):
            raise self.error(f"{self.path}: expected a JSON object, got {type(old).__name__}.")
        return old
