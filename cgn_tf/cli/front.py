"""What `cgn` answers itself: help, the configurations, completion and the version. None of it runs a command."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Callable, Sequence

from cgn_tf.cli.table import COMMANDS, Command, imported
from cgn_tf.errors import ConfigError
from cgn_tf.files.created_by import created_by
from cgn_tf.options.command_line import as_flags
from cgn_tf.options.completion import SHELLS, completed_words, script
from cgn_tf.options.configs import config_names, config_summary
from cgn_tf.options.help_text import WIDTH, help_text, overview, topic, topics


def overview_of_commands() -> str:
    """The help text of the program: every command with its summary."""
    lines = ["Usage: cgn COMMAND --option=value ...", "", "Commands"]
    for name, summary in [*((one.name, as_flags(one.summary)) for one in COMMANDS.values()), *_SUMMARIES.items()]:
        lines.append(f"  {name}")
        lines += textwrap.wrap(summary, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    more = "cgn COMMAND --help tells the options of a command. A first model: cgn train --config=quickstart \\"
    return "\n".join([*lines, "", more, "--workdir=runs/quickstart"])


def command_named(name: str) -> Command:
    """The command of a name, with dashes or underscores; ConfigError for others, names the closest."""
    known = [*COMMANDS, *FRONT]
    if (found := name.replace("-", "_")) in COMMANDS:
        return COMMANDS[found]
    closest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {closest[0]}?" if closest else "--help lists all."
    raise ConfigError(f"unknown command {name!r}; {hint}" if name else "expected a command; --help lists all.")


def help_of(command: Command, words: Sequence[str] = (), *, everything: bool = False) -> str:
    """What `cgn help COMMAND WORD...` prints.

    Args:
        command: whose options are told.
        words: sections, parts and options; none: an overview.
        everything: whether all options are told.

    Raises:
        ConfigError: a word is none of these.
    """
    config_class, summary = imported(command.config), as_flags(command.summary)
    if everything:
        return help_text(config_class, summary)
    if not words:
        return overview(config_class, summary, command.name)
    texts = [topic(config_class, word) for word in words]
    unknown = [word for word, text in zip(words, texts, strict=True) if not text]
    if unknown:
        known = topics(config_class)
        closest = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {closest[0]}?" if closest else f"expected an option, or one of {', '.join(known)}."
        raise ConfigError(f"cgn help {command.name}: nothing is called {unknown[0]!r}; {hint}")
    return "\n\n".join(texts)


def _help(words: Sequence[str]) -> str:
    everything = "--all" in words
    name, *rest = [word for word in words if word != "--all"] or [""]
    if not name:
        return overview_of_commands()
    if name in _SUMMARIES:
        return _configs([]) if name == "configs" else _SUMMARIES[name]
    return help_of(command_named(name), rest, everything=everything)


def _configs(words: Sequence[str]) -> str:
    if words:
        raise ConfigError(f"cgn configs: expected no further word, got {words[0]!r}.")
    lines = []
    for name in config_names():
        lines += [name, *textwrap.wrap(config_summary(name), WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)]
    return "\n".join(lines)


def _completion(words: Sequence[str]) -> str:
    if len(words) != 1 or words[0] not in SHELLS:
        raise ConfigError(f"cgn completion: expected one of {', '.join(SHELLS)}, got {' '.join(words) or 'none'}.")
    names = {one.name: as_flags(one.summary) for one in COMMANDS.values()} | _SUMMARIES
    config_classes = {name: imported(command.config) for name, command in COMMANDS.items()}
    sections = {name: topics(config_class) for name, config_class in config_classes.items()}
    behind = dict(completed_words(config_classes))
    behind |= {"help": {name: sections.get(name, ()) for name in names}, "completion": dict.fromkeys(SHELLS, ())}
    return script(words[0], names, behind).rstrip("\n")


def _version(words: Sequence[str]) -> str:
    return created_by()


FRONT: dict[str, Callable[[Sequence[str]], str]] = {
    "help": _help, "configs": _configs, "completion": _completion, "version": _version, "--version": _version,
}  # fmt: skip
"""Word → what it prints, of the words behind it."""
_SUMMARIES = {
    "help": "cgn help COMMAND tells the sections of a command's options, cgn help COMMAND NAME one section, part or "
    "option, cgn help COMMAND --all all.",
    "configs": "Lists the configurations that --config=NAME takes.",
    "completion": 'cgn completion bash, zsh or fish prints a script for the shell: eval "$(cgn completion bash)".',
    "version": "Prints the version of cgn_tf.",
}
