"""The text of `--help`: every option with its default and the values it allows, by section."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from cgn_tf.options.command_line import as_flags
from cgn_tf.options.declaration import Leaf, leaves
from cgn_tf.options.flags import as_text
from cgn_tf.options.parts import option_classes

WIDTH = 100
_FRAME = (
    ("--flagfile=FILE", "Flags from a file, one a line, in this place; later flags win."),
    ("--help", "Print this and exit."),
)


def help_text(config_class: type, summary: str) -> str:
    """`summary`, then the options of `config_class` and of its sections, as lines of at most 100 characters."""
    lines = textwrap.wrap(summary, WIDTH)
    for options_class in option_classes(config_class):
        lines += _section(options_class)
    lines.append("\nEvery command")
    for name, text in _FRAME:
        lines += _entry(name, text)
    return "\n".join(lines)


def _section(config_class: type) -> Iterator[str]:
    options = list(leaves(config_class))
    if options:
        yield "\n" + as_flags((config_class.__doc__ or config_class.__name__).strip().splitlines()[0].rstrip("."))
    for leaf in options:
        yield from _entry(f"--{'[no]' if leaf.kind is bool else ''}{leaf.name}={_shown(leaf.default)}", _told(leaf))


def _entry(name: str, text: str) -> list[str]:
    return [f"  {name}", *textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)]


def _told(leaf: Leaf) -> str:
    allowed = leaf.option.range()
    told = as_flags(leaf.option.help)
    return f"{told} ({allowed[0].upper()}{allowed[1:]}.)" if allowed else told


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else as_text(default)
