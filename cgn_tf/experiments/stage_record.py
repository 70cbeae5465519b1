"""What has been done of a run: the stages that ended, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from cgn_tf.errors import CommandError
from cgn_tf.experiments.stages import Stage
from cgn_tf.files.contents import compared
from cgn_tf.files.json_file import read_json, write_json_output
from cgn_tf.options.flagfile import expand_flagfiles

FILE = "stages.json"


class StageRecord:
    """The seconds of every stage of a run, over all attempts, in a file in its directory.

    The time of an attempt that was killed is lost: what is recorded is written when a stage ends, also when it fails.

    Args:
        directory: directory of the run.
        contents: what lies in the files that flags of the stages name, as an entry for a configuration. A stage that
            ended with other contents is not done, one that ended with the same files elsewhere is; one whose contents
            were not recorded is held to have had these.

    Raises:
        CommandError: a file that cannot be read; and of every method that notes something: written.
    """

    def __init__(self, directory: Path, contents: Mapping[str, Mapping[str, str]]) -> None:
        self._path = directory / FILE
        self._contents = contents
        self._stages: dict[str, dict[str, Any]] = {}
        if self._path.exists():
            try:
                self._stages = _checked(read_json(self._path))
            except ValueError as error:
                raise CommandError(
                    f"{self._path}: expected what this command noted of its stages, got something else ({error}); "
                    "remove it, and stages run again."
                ) from error

    def is_done(self, stage: Stage) -> bool:
        """Whether it ended well with these arguments and what flag files and files of data hold now, and is there."""
        known = self._stages.get(stage.name, {})
        done, files = known.get("done"), compared(known, self._contents)
        if not isinstance(done, list) or not all(files.values()) or not stage.is_made():
            return False
        return _without(files, done) == _without(files, expand_flagfiles(stage.arguments))

    def run(self, stage: Stage, runner: Callable[[str, list[str]], int]) -> int:
        """Runs a stage, adds its time, and notes whether it ended well; returns its exit code."""
        start, flags = time.monotonic(), expand_flagfiles(stage.arguments)
        code = runner(stage.command, stage.arguments)
        seconds = self.seconds(stage) + time.monotonic() - start
        done = flags if code == 0 else None
        self._stages[stage.name] = {"seconds": round(seconds, 1), "done": done, **self._contents}
        self._write()
        return code

    def reopen(self, stages: Iterable[Stage]) -> None:
        """Forgets that these have ended, since what they start from is made again; their time is kept."""
        for stage in stages:
            if stage.name in self._stages:
                self._stages[stage.name]["done"] = None
        self._write()

    def _write(self) -> None:
        write_json_output(self._path, self._stages)

    def seconds(self, stage: Stage) -> float:
        """The seconds that a stage has taken so far."""
        return float(self._stages.get(stage.name, {}).get("seconds", 0.0))


def _without(names: Collection[str], flags: Sequence[str]) -> list[str]:
    """The flags of other names: where the files of these lie does not matter."""
    return [flag for flag in flags if flag.lstrip("-").partition("=")[0] not in names]


def _checked(stages: Any) -> dict[str, dict[str, Any]]:
    """What was read, if it is what a record writes; ValueError says what is not."""
    if not isinstance(stages, dict):
        raise ValueError(f"a {type(stages).__name__} in place of an object")
    for name, stage in stages.items():
        known = isinstance(stage, dict) and {"seconds", "done"} <= set(stage)
        if not known or type(stage["seconds"]) not in (int, float) or not isinstance(stage["done"], (list, NoneType)):
            raise ValueError(f"{name} without its seconds and flags")
    return stages
