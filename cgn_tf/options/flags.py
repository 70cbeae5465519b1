"""Flags that follow from declared options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from absl import flags

from cgn_tf.options.declaration import TUPLES, Leaf, expectation, leaves, sections
from cgn_tf.options.parts import PartOptions, part_fields
from cgn_tf.options.paths import join_list, split_list

Config = TypeVar("Config")


class _Parser(flags.ArgumentParser[Any]):
    """Text of one flag to a number, text or tuple, with an error that says what was expected."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def parse(self, argument: Any) -> Any:
        if not isinstance(argument, str):  # absl parses defaults, too
            return argument
        try:
            if self.leaf.kind in TUPLES:
                element: Callable[[str], Any] = TUPLES[self.leaf.kind]
                return tuple(map(element, split_list(argument)))
            return self.leaf.kind(argument)
        except ValueError:
            raise ValueError(f"expected {expectation(self.leaf)}.") from None


class _BoolParser(flags.BooleanParser):
    """absl's own, with an error in words."""

    def parse(self, argument: Any) -> bool:
        try:
            return super().parse(argument)
        except ValueError:
            raise ValueError("expected true or false.") from None


def define_flags(config_class: type, flag_values: flags.FlagValues) -> None:
    """Define one absl flag per option of `config_class` and of its sections, under the leaf names.

    Raises ValueError where two sections have an option of one name: the flag could not tell them apart. Options of
    parts may share a name, a type and a default: one of the parts is chosen, and reads the flag.
    """
    _define(config_class, leaves(config_class), flag_values)
    for _, section in sections(config_class):
        define_flags(section, flag_values)
    for _, classes in part_fields(config_class):
        shared: dict[str, Leaf] = {}
        for options_class in classes:
            new = [leaf for leaf in leaves(options_class) if not _is_same_flag(leaf, shared.get(leaf.name))]
            _define(options_class, new, flag_values)
            shared |= {leaf.name: leaf for leaf in new}


def _is_same_flag(leaf: Leaf, other: Leaf | None) -> bool:
    return other is not None and (leaf.kind, leaf.default) == (other.kind, other.default)


def _define(config_class: type, options: Iterable[Leaf], flag_values: flags.FlagValues) -> None:
    for leaf in options:
        if leaf.name in flag_values:
            raise ValueError(f"{config_class.__name__}.{leaf.name}: another section already has --{leaf.name}.")
        if leaf.kind is bool:
            flag = flags.BooleanFlag(leaf.name, leaf.default, leaf.option.help)
            flag.parser = _BoolParser()
            flags.DEFINE_flag(flag, flag_values)
        else:
            parser = _Parser(leaf)
            flags.DEFINE(parser, leaf.name, leaf.default, leaf.option.help, flag_values=flag_values)


def from_flags(config_class: type[Config], flag_values: flags.FlagValues) -> Config:
    """Build `config_class` with its sections from parsed flags; raises ConfigError as their checks do."""
    values: dict[str, Any] = {leaf.name: flag_values[leaf.name].value for leaf in leaves(config_class)}
    values |= {name: from_flags(section, flag_values) for name, section in sections(config_class)}
    values |= {
        name: PartOptions(*(from_flags(options_class, flag_values) for options_class in classes))
        for name, classes in part_fields(config_class)
    }
    return config_class(**values)


def changed_flags(*configs: Any, leave_out: Collection[str] = ()) -> list[str]:
    """The flags "--name=value" of all options that differ from their defaults, those of sections not among them."""
    return [
        f"--{leaf.name}={as_text(getattr(config, leaf.name))}"
        for config in configs
        for leaf in leaves(type(config))
        if leaf.name not in leave_out and getattr(config, leaf.name) != leaf.default
    ]


def as_text(value: Any) -> str:
    """The value of an option as a flag takes it."""
    return join_list(list(map(str, value))) if isinstance(value, (tuple, list)) else str(value)
