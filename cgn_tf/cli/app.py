"""The frame of every command: arguments to a configuration, the command, an exit code."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from absl import flags

from cgn_tf.cli.flagfile import expand_flagfiles
from cgn_tf.cli.help_text import help_text
from cgn_tf.config.options import ConfigError, define_flags, from_flags
from cgn_tf.errors import CommandError

Config = TypeVar("Config")

USAGE_ERROR = 2
INTERRUPTED = 130


def run_command(
    main: Callable[[Config], int | None], config_class: type[Config], argv: Sequence[str] | None = None
) -> int:
    """Parse `argv`, call `main` with the configuration, and return the exit code of the process.

    `argv` is without the program's name; None takes `sys.argv`. The first line of `main`'s docstring heads `--help`.

    The code is what `main` returned (None: 0). Errors the user can act on are one line on stderr: 2 for an unknown
    flag, a bad value or a contradiction (`ConfigError`), the error's own code for a `CommandError`, 130 for Ctrl-C.
    Any other exception is a defect of the program and keeps its traceback.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if {"--help", "-help", "-h"} & set(arguments):
        print(help_text(config_class, (main.__doc__ or "").strip().split("\n\n")[0]))
        return 0
    try:
        return main(parse(config_class, arguments)) or 0
    except ConfigError as error:
        return _fail(error, USAGE_ERROR)
    except CommandError as error:
        return _fail(error, error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


def parse(config_class: type[Config], arguments: Sequence[str]) -> Config:
    """The configuration that `arguments` (flags, and files of flags) describe; ConfigError where they do not."""
    flag_values = flags.FlagValues()  # its own, so that no library's flags are accepted and none are changed
    define_flags(config_class, flag_values)
    try:
        # absl takes the first argument for the program's name and returns it with what is no flag.
        unused = flag_values(["command", *expand_flagfiles(arguments)])[1:]
    except flags.UnrecognizedFlagError as error:
        raise ConfigError(_unknown(error.flagname, list(flag_values))) from None
    except flags.IllegalFlagValueError as error:
        raise ConfigError(str(error).removeprefix("flag ")) from None
    except flags.Error as error:
        raise ConfigError(f"{error}; give it as --name=value.") from None
    if unused:
        raise ConfigError(f"unexpected argument {unused[0]!r}; options are given as --name=value.")
    return from_flags(config_class, flag_values)


def _unknown(name: str, known: Sequence[str]) -> str:
    without_dashes = {option.replace("_", ""): option for option in known}
    likely = without_dashes.get(name.replace("_", "").replace("-", "").lower())
    closest = [likely] if likely else difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean --{closest[0]}?" if closest else "--help lists all."
    return f"unknown flag --{name}; {hint}"


def _fail(error: object, code: int) -> int:
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    return code
