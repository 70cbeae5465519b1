"""The frame of every command: arguments to a configuration, the command, an exit code."""

from __future__ import annotations

import difflib
import itertools
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cgn_tf import keras_settings
from cgn_tf.cli import streams
from cgn_tf.cli.home import settle_home
from cgn_tf.cli.table import COMMANDS, imported
from cgn_tf.cli.warning_lines import warnings_in_one_line
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.command_paths import check_paths
from cgn_tf.options.command_line import as_flags, parse_resolved, resolve
from cgn_tf.options.help_text import WIDTH, help_text
from cgn_tf.options.parts import all_leaves

Config = TypeVar("Config")

USAGE_ERROR = 2
INTERRUPTED = 130
OUTPUT_LOST = 1
_HELP = frozenset({"--help", "-help", "-h"})


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m cgn_tf COMMAND ...`; returns the exit code of the process.

    Args:
        argv: the command's name and its arguments; None: those of the process.
    """
    return _in_frame(lambda: _dispatch(sys.argv[1:] if argv is None else argv))


def _dispatch(argv: Sequence[str]) -> int:
    name, *arguments = argv or [""]
    if name in _HELP:
        print(_overview())
        return 0
    if name not in COMMANDS:
        closest = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {closest[0]}?" if closest else "--help lists all."
        return _fail(f"unknown command {name!r}; {hint}" if name else "expected a command; --help lists all.")
    return _run(name, arguments)


def run(name: str, argv: Sequence[str] | None = None) -> int:
    """Runs the command `name` of the table; returns its exit code.

    Args:
        name: one of `COMMANDS`.
        argv: its arguments; None: those of the process.
    """
    return _in_frame(lambda: _run(name, sys.argv[1:] if argv is None else argv))


def _in_frame(command: Callable[[], int]) -> int:
    """The exit code of `command`, though streams be closed, full or without a reader, and the user without a home."""
    streams.secure()
    settle_home()
    try:
        with warnings_in_one_line():
            code = command()
    except (ValueError, TypeError, AttributeError, OSError) as error:
        if not keras_settings.is_about_file(error):
            raise
        file = keras_settings.home() / "keras.json"
        return _fail(f"{file}: Keras does not take this file ({error}); correct or remove it.", CommandError.exit_code)
    lost = streams.output_lost()
    return code or (_fail(lost, OUTPUT_LOST) if lost else 0)


def _run(name: str, arguments: Sequence[str]) -> int:
    # before TensorFlow is imported, which prints less then
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    keras_settings.choose_environment()
    command = COMMANDS[name]
    config_class = imported(command.config)
    others: list[str] = []
    if command.others:
        arguments, others = _divided(config_class, arguments)

    def body(config: Any) -> int | None:
        # imported now: a wrong command line is answered before all that the command needs is imported
        function: Callable[..., int | None] = imported(command.function)
        if "keras" in sys.modules:  # some commands do without
            keras_settings.choose()
        return function(config, others) if command.others else function(config)

    return run_command(body, config_class, arguments, command.summary)


def run_command(
    function: Callable[[Config], int | None], config_class: type[Config], arguments: Sequence[str], summary: str = ""
) -> int:
    """Parses the arguments, calls `function` with the configuration, and returns the exit code of the process.

    Before that, paths that cannot be read or written are refused: see `check_paths`.

    The code is what `function` returned (None: 0). Errors the user can act on are one line on stderr: 2 for an unknown
    flag, a bad value or a contradiction (`ConfigError`), the error's own code for a `CommandError`, 130 for Ctrl-C.
    Any other exception is a defect of the program and keeps its traceback.

    Args:
        function: what the command does.
        config_class: dataclass of its options.
        arguments: flags, without the program's name.
        summary: heads `--help`.
    """
    if _HELP & set(arguments):
        print(help_text(config_class, as_flags(summary)))
        return 0
    try:
        resolved = resolve(config_class, arguments)
        if resolved.note:
            print(f"note: {resolved.note}", file=sys.stderr)
        config = parse_resolved(config_class, resolved)
        check_paths(config)
        return function(config) or 0
    except ConfigError as error:
        return _fail(error, USAGE_ERROR)
    except CommandError as error:
        return _fail(error, error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


def _overview() -> str:
    """The help text of the program: every command with its summary."""
    lines = ["Usage: python -m cgn_tf COMMAND --option=value ...", "", "Commands"]
    for command in COMMANDS.values():
        lines.append(f"  {command.name}")
        summary = as_flags(command.summary)
        lines += textwrap.wrap(summary, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join([*lines, "", "python -m cgn_tf COMMAND --help lists the options of a command."])


def _divided(config_class: type, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The flags of `config_class`, and all other arguments; a "--" between them is dropped."""
    names = {leaf.name for leaf in all_leaves(config_class)}
    own: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, _ = argument.lstrip("-").partition("=")
        if argument in _HELP or (argument.startswith("-") and name in names):
            own.append(argument)
            if name in names and not equals:
                own.extend(itertools.islice(rest, 1))  # "--workdir DIR"
        elif argument != "--":
            others.append(argument)
    return own, others


def _fail(error: object, code: int = USAGE_ERROR) -> int:
    print(f"error: {as_flags(' '.join(str(error).split()))}", file=sys.stderr)
    return code
