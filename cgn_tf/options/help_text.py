"""The text of `--help`: the options of a command, by section; an overview of the sections where there are several."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from cgn_tf.options.command_line import as_flags
from cgn_tf.options.declaration import Leaf, leaves, sections
from cgn_tf.options.flags import as_text
from cgn_tf.options.parts import all_leaves, option_classes, part_fields, section_name
from cgn_tf.options.registry import Part, parts_of

WIDTH = 100
EVERY_COMMAND = (
    ("--config=NAME", "Flags of a configuration that comes with cgn_tf, in this place; cgn configs lists all."),
    ("--flagfile=FILE", "Flags from a file, one a line, in this place; later flags win."),
    ("--quiet", "Print only warnings, errors and the result."),
    ("--log_format=text", "Lines on stderr: text, or json, one object a line. (One of text, json.)"),
    ("--help", "Print help and exit; with --all every option."),
)


def help_text(config_class: type, summary: str) -> str:
    """`summary`, then the options of `config_class` and of its sections, as lines of at most 100 characters."""
    lines = textwrap.wrap(summary, WIDTH)
    for options_class in option_classes(config_class):
        lines += _section(options_class)
    return "\n".join([*lines, *_every_command()])


def overview(config_class: type, summary: str, command: str) -> str:
    """`summary` and what sections of options there are; all options where there is one section only.

    Args:
        config_class: dataclass of the options.
        summary: what the command does.
        command: its name, for the commands that tell more.
    """
    named = [(name, section) for name, section in sections(config_class) if list(all_leaves(section))]
    if not named:
        return help_text(config_class, summary)
    lines = [*textwrap.wrap(summary, WIDTH), *_section(config_class), "", "Sections of options"]
    for name, section in named:
        count = len(list(all_leaves(section)))
        lines += _entry(name, f"{_headed(section)} {count} option{'s' if count > 1 else ''}, {_some(section)}.")
    parts = [options_class for _, classes in part_fields(config_class) for options_class in classes]
    for options_class in parts:
        lines += _entry(section_name(options_class), f"{_headed(options_class)} {_some(options_class)}.")
    more = (
        (f"cgn help {command} {named[0][0]}", "Prints the options of a section."),
        (f"cgn help {command} NAME", "Prints those of a part, or one option."),
        (f"cgn help {command} --all", "Prints all options."),
    )
    lines += ["", "More help"]
    for line, text in more:
        lines += _entry(line, text)
    return "\n".join([*lines, *_every_command()])


def topic(config_class: type, name: str) -> str:
    """The options of a section, of a part, or one option, whichever has the name; empty where none has.

    An option that several sections have is shown for each of them.

    Args:
        config_class: dataclass of the options of a command.
        name: "data", "biggan", "steps" or "--steps".
    """
    lines: list[str] = []
    name = name.lstrip("-").partition("=")[0].replace("-", "_")
    for field, section in sections(config_class):
        if field == name:
            lines += [line for options_class in option_classes(section) for line in _section(options_class)]
    for leaf, part in _parts(config_class):
        if part.name == name:
            lines += ["", f"--{leaf.name}={part.name}", *_told_of(part)]
            lines += [line for option in leaves(part.options) for line in _option(option)]
    own: list[tuple[type, Leaf]] = []
    for options_class in option_classes(config_class):
        if section_name(options_class) == name and not lines:
            lines += _section(options_class)
        own += [(options_class, leaf) for leaf in leaves(options_class) if leaf.name == name]
    for options_class, leaf in own:  # of several each under whose it is
        lines += (["", _title(options_class)] if len(own) > 1 else []) + _option(leaf)
    return "\n".join(lines).strip("\n")


def topics(config_class: type) -> list[str]:
    """Every name that `topic` knows but those of single options."""
    names = [name for name, _ in sections(config_class)]
    names += [section_name(options_class) for _, classes in part_fields(config_class) for options_class in classes]
    return list(dict.fromkeys([*names, *(part.name for _, part in _parts(config_class))]))


def _parts(config_class: type) -> Iterator[tuple[Leaf, Part]]:
    """Every part that an option of the command may choose, with the option."""
    for leaf in all_leaves(config_class):
        for part in parts_of(leaf.option.choices):
            yield leaf, part


def _every_command() -> list[str]:
    return ["\nEvery command", *(line for name, text in EVERY_COMMAND for line in _entry(name, text))]


def _section(config_class: type) -> Iterator[str]:
    options = list(leaves(config_class))
    if options:
        yield "\n" + _title(config_class)
    for leaf in options:
        yield from _option(leaf)


def _title(config_class: type) -> str:
    """The first line of the docstring."""
    return as_flags((config_class.__doc__ or config_class.__name__).strip().splitlines()[0].rstrip("."))


def _headed(config_class: type) -> str:
    """The title in front of what belongs to it: with a colon, or as the question that it is."""
    title = _title(config_class)
    return title if title.endswith("?") else f"{title}:"


def _some(config_class: type) -> str:
    """The first flags of a section, as an example of what it holds."""
    names = [f"--{leaf.name}" for leaf in all_leaves(config_class)]
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _option(leaf: Leaf) -> list[str]:
    lines = _entry(f"--{'[no]' if leaf.kind is bool else ''}{leaf.name}={_shown(leaf.default)}", _told(leaf))
    for part in parts_of(leaf.option.choices):
        told = f"{part.name}: {as_flags(part.summary)}"
        lines += textwrap.wrap(told, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12)
    return lines


def _told_of(part: Part) -> list[str]:
    return textwrap.wrap(as_flags(part.summary), WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _entry(name: str, text: str) -> list[str]:
    return [f"  {name}", *textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)]


def _told(leaf: Leaf) -> str:
    allowed = leaf.option.range()
    told = as_flags(leaf.option.help)
    return f"{told} ({allowed[0].upper()}{allowed[1:]}.)" if allowed else told


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else as_text(default)
