"""A recipe in fewer steps: what a file of flags says about its schedule is shortened with `--steps`.

`--config=wildlife_mnist --steps=2000`, whose file has `--steps=10000` and `--lr_decay_steps=3000`, means
`--lr_decay_steps=600`. Options say themselves that they are such numbers: `option(..., scales_with="steps")`. A flag
that is given on the command line, behind the file, stays as it is. In a longer run than the file's nothing changes, so
that a run which has ended may be made longer. Numbers are rounded down: what fits the long run fits the short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgn_tf.options.declaration import Leaf
from cgn_tf.options.flagfile import Argument
from cgn_tf.options.parts import all_leaves


class Setting(NamedTuple):
    """The value that a flag is given.

    Attributes:
        value: text.
        argument: that gives it.
    """

    value: str
    argument: Argument


def flag_settings(arguments: Sequence[Argument]) -> dict[str, Setting]:
    """Name of each flag → what it is given last."""
    found: dict[str, Setting] = {}
    for argument, following in zip(arguments, [*arguments[1:], Argument("")], strict=False):
        if not argument.text.startswith("-"):
            continue
        name, equals, value = argument.text.lstrip("-").partition("=")
        found[name] = Setting(value if equals else following.text, argument)
    return found


def scaled(config_class: type, arguments: Sequence[Argument]) -> tuple[list[Argument], str]:
    """`arguments` with the flags of a shortened schedule behind them, and a sentence about these; "" where none are.

    Args:
        config_class: dataclass of the options.
        arguments: without files of flags, as from `located`.
    """
    options = {leaf.name: leaf for leaf in all_leaves(config_class)}
    last = flag_settings(arguments)
    in_files = flag_settings([argument for argument in arguments if argument.file])
    added: list[Argument] = []
    notes: list[str] = []
    for length in dict.fromkeys(leaf.option.scales_with for leaf in options.values() if leaf.option.scales_with):
        ratio = _ratio(options[length], last, in_files)
        if ratio is None:
            continue
        new, old = ratio
        changes: list[str] = []
        for name, setting in last.items():
            leaf = options.get(name)
            if leaf is None or leaf.option.scales_with != length or setting.argument.file is None:
                continue
            before = _number(setting)
            if before:
                flag = f"--{name}={before * new // old}"
                added.append(Argument(flag))
                changes.append(f"{flag} instead of {before} ({setting.argument.place})")
        if changes:
            place = f" ({in_files[length].argument.place})" if length in in_files else ", the default"
            notes.append(f"for --{length}={new} instead of {old}{place}: {', '.join(changes)}.")
    return [*arguments, *added], " ".join(notes)


def _ratio(leaf: Leaf, last: dict[str, Setting], in_files: dict[str, Setting]) -> tuple[int, int] | None:
    """The length on the command line and the one of the files, where it is shorter than theirs."""
    if leaf.name not in last or last[leaf.name].argument.file is not None:
        return None
    new = _number(last[leaf.name])
    old = _number(in_files[leaf.name]) if leaf.name in in_files else leaf.default
    return (new, old) if new and old and new < old else None


def _number(setting: Setting) -> int:
    """The value as a whole number above 0; 0 for any other, which parsing refuses or which says that there is none."""
    try:
        return max(int(setting.value), 0)
    except ValueError:
        return 0
