"""The errors that a command shows as one line, without a traceback."""

from __future__ import annotations

import re

_PLACE = re.compile(r"\{\{.*?\}\}\s*", re.DOTALL)


def without_place(message: str) -> str:
    """An error of TensorFlow in one line, without where in a graph it was, which says nothing to a reader."""
    return " ".join(_PLACE.sub("", message).split())


class CommandError(Exception):
    """Something the user can act on: a damaged file, a directory in use, a loss that is not finite.

    The message is one line that says what was expected, what came, and what to do. The command frame
    (`cgn_tf.cli.app`) prints it and ends the process with `exit_code`; a subclass may set another one.
    """

    exit_code: int = 1


class ConfigError(ValueError):
    """A value, or a combination of values, that a configuration does not allow.

    The message is one line that names options in backticks, `steps` or `steps=10`. A command shows such a name as the
    flag that set it, --steps or --steps=10.
    """
