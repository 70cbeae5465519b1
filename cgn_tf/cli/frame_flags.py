"""The flags of the frame, which every command has: in front of its name or anywhere behind it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from cgn_tf.cli.log_stream import FORMAT_VARIABLE, FORMATS, QUIET_VARIABLE
from cgn_tf.errors import ConfigError

HELP = frozenset({"--help", "-help", "-h"})


class FrameFlags(NamedTuple):
    """What a command line says to the frame.

    Attributes:
        arguments: all others, in their order.
        quiet: whether only warnings, errors and the result are printed.
        log_format: "text" or "json".
        help: whether help is asked for.
        all: whether of all options.
    """

    arguments: list[str]
    quiet: bool
    log_format: str
    help: bool
    all: bool


def frame_flags(argv: Sequence[str]) -> FrameFlags:
    """Parts the flags of the frame from the rest of a command line.

    Raises:
        ConfigError: a format that there is not.
    """
    quiet, log_format = os.environ.get(QUIET_VARIABLE) == "1", os.environ.get(FORMAT_VARIABLE, "text")
    others: list[str] = []
    rest = iter(argv)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument in ("--quiet", "--quiet=true"):
            quiet = True
        elif argument in ("--noquiet", "--quiet=false"):
            quiet = False
        elif name == "--log_format":
            log_format = value if equals else next(rest, "")
        else:
            others.append(argument)
    if log_format not in FORMATS:
        raise ConfigError(f"`log_format`: expected one of {', '.join(FORMATS)}, got {log_format!r}.")
    asked = any(argument in HELP for argument in others)
    every = asked and "--all" in others
    kept = [one for one in others if one not in HELP and not (every and one == "--all")]
    return FrameFlags(kept, quiet, log_format, asked, every)
