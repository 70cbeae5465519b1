"""The frame of every command: arguments to a configuration, the command, an exit code."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cgn_tf import keras_settings
from cgn_tf.cli import streams
from cgn_tf.cli.frame_flags import HELP, FrameFlags, frame_flags
from cgn_tf.cli.front import FRONT, command_named, help_of, overview_of_commands
from cgn_tf.cli.home import settle_home
from cgn_tf.cli.log_stream import log_lines
from cgn_tf.cli.start_up_lines import hide_start_up_lines
from cgn_tf.cli.table import COMMANDS, Command, imported
from cgn_tf.cli.warning_lines import warnings_in_one_line
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.command_paths import check_paths
from cgn_tf.files.stored_options import refuse_without_begun, stored_arguments
from cgn_tf.options.command_line import as_flags, parse_resolved, resolve
from cgn_tf.options.help_text import help_text
from cgn_tf.options.parts import all_leaves

Config = TypeVar("Config")

USAGE_ERROR = 2
INTERRUPTED = 130
OUTPUT_LOST = 1


def main(argv: Sequence[str] | None = None) -> int:
    """`cgn COMMAND ...`, or `python -m cgn_tf COMMAND ...`; returns the exit code of the process.

    Args:
        argv: the command's name and its arguments; None: those of the process.
    """
    return _in_frame(sys.argv[1:] if argv is None else argv, _dispatch)


def _dispatch(frame: FrameFlags) -> int:
    name, *arguments = frame.arguments or [""]
    if name in FRONT:
        print(FRONT[name]([*arguments, *(["--all"] if frame.all else [])]))
        return 0
    if frame.help and not name:
        print(overview_of_commands())
        return 0
    return _run(command_named(name), frame._replace(arguments=arguments))


def run(name: str, argv: Sequence[str] | None = None) -> int:
    """Runs the command `name` of the table; returns its exit code.

    Args:
        name: one of `COMMANDS`.
        argv: its arguments; None: those of the process.
    """
    return _in_frame(sys.argv[1:] if argv is None else argv, lambda frame: _run(COMMANDS[name], frame))


def _in_frame(argv: Sequence[str], command: Callable[[FrameFlags], int]) -> int:
    """The exit code of `command`, though streams be closed, full or without a reader, and the user without a home."""
    streams.secure()
    try:
        frame = frame_flags(argv)
    except ConfigError as error:
        return _fail(error)
    # before TensorFlow is imported, which prints less then
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    hide_start_up_lines()
    keras_settings.choose_environment()
    with log_lines(frame.log_format, frame.quiet):
        settle_home()
        try:
            with warnings_in_one_line():
                code = command(frame)
        except ConfigError as error:
            return _fail(error)
        except CommandError as error:
            return _fail(error, error.exit_code)
        except (ValueError, TypeError, AttributeError, OSError) as error:
            if not keras_settings.is_about_file(error):
                raise
            file = keras_settings.home() / "keras.json"
            return _fail(
                f"{file}: Keras does not take this file ({error}); correct or remove it.", CommandError.exit_code
            )
        lost = streams.output_lost()
        return code or (_fail(lost, OUTPUT_LOST) if lost else 0)


def _run(command: Command, frame: FrameFlags) -> int:
    if frame.help:
        print(help_of(command, everything=frame.all))
        return 0
    config_class, arguments = imported(command.config), frame.arguments
    others: list[str] = []
    if command.others:
        arguments, others = _divided(config_class, arguments)

    def body(config: Any) -> int | None:
        # imported now: a wrong command line is answered before all that the command needs is imported
        function: Callable[..., int | None] = imported(command.function)
        if "keras" in sys.modules:  # some commands do without
            keras_settings.choose()
        return function(config, others) if command.others else function(config)

    return run_command(body, config_class, arguments, command.summary, command.resumes, command.begins)


def run_command(
    function: Callable[[Config], int | None],
    config_class: type[Config],
    arguments: Sequence[str],
    summary: str = "",
    resumes: str = "",
    begins: tuple[str, str] = ("", ""),
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
        resumes: option of a directory whose configuration counts where no file of flags is given; empty: none.
        begins: what such a directory is of, and flags that begin one; where empty, `resumes` alone begins one, too.
    """
    if HELP & set(arguments):
        print(help_text(config_class, as_flags(summary)))
        return 0
    try:
        resolved = resolve(config_class, arguments)
        if resolved.note:
            print(f"note: {resolved.note}", file=sys.stderr)
        if resumes and all(begins):
            refuse_without_begun(resumes, resolved.arguments, *begins)
        if resumes:
            stored = stored_arguments(config_class, resumes, resolved.arguments)
            resolved = resolved._replace(arguments=[*stored, *resolved.arguments])
        config = parse_resolved(config_class, resolved)
        check_paths(config)
        return function(config) or 0
    except ConfigError as error:
        return _fail(error, USAGE_ERROR)
    except CommandError as error:
        return _fail(error, error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


def _divided(config_class: type, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The flags of `config_class`, and all other arguments; a "--" between them is dropped."""
    names = {leaf.name for leaf in all_leaves(config_class)}
    own: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, _ = argument.lstrip("-").partition("=")
        if argument in HELP or (argument.startswith("-") and name in names):
            own.append(argument)
            if name in names and not equals:
                own.extend(itertools.islice(rest, 1))  # "--workdir DIR"
        elif argument != "--":
            others.append(argument)
    return own, others


def _fail(error: object, code: int = USAGE_ERROR) -> int:
    print(f"error: {as_flags(' '.join(str(error).split()))}", file=sys.stderr)
    return code
