"""Options as fields of frozen dataclasses: declared once with default, help and range; flags and JSON follow.

    @dataclass(frozen=True)
    class RunConfig:
        steps: int = option(1_000, "Optimisation steps.", minimum=1)

        def __post_init__(self) -> None:
            check_options(self)

A command's configuration is a dataclass of such fields, or of sections that are such dataclasses; flags have the
leaf names.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from absl import flags

Config = TypeVar("Config")

_METADATA = "cgn_tf.option"
_ELEMENT = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_TUPLES: dict[Any, type] = {tuple[int, ...]: int, tuple[float, ...]: float, tuple[str, ...]: str}


class ConfigError(ValueError):
    """A value, or a combination of values, that the configuration does not allow; the message is one line."""


@dataclasses.dataclass(frozen=True)
class Option:
    """What `option` was told: help text, and the values that are allowed (of every element, for tuples)."""

    help: str
    choices: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None

    def allows(self, value: Any) -> bool:
        """Whether the scalar `value`, already of the right type, is finite and in range."""
        if self.choices is not None:
            return value in self.choices
        if isinstance(value, (str, bool)):
            return True
        return (
            math.isfinite(value)
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def range(self) -> str:
        """The allowed values in words, for example "at least 1, below 5"; empty where all are."""
        if self.choices is not None:
            return "one of " + ", ".join(self.choices)
        limits = (("at least", self.minimum), ("at most", self.maximum), ("above", self.above), ("below", self.below))
        return ", ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)


class Leaf(typing.NamedTuple):
    """One option of a configuration class."""

    name: str
    kind: Any
    default: Any
    option: Option


def option(
    default: Any,
    help: str,
    *,
    choices: Sequence[str] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> Any:
    """A dataclass field with a default, a help text and the values it allows.

    `minimum` and `maximum` belong to the range, `above` and `below` do not; for tuples they hold for every element.
    Floats have to be finite in any case.
    """
    told = Option(help, None if choices is None else tuple(choices), minimum, maximum, above, below)
    return dataclasses.field(default=default, metadata={_METADATA: told})


def sections(config_class: type) -> Iterator[tuple[str, type]]:
    """The fields of `config_class` that are sections: (field name, dataclass)."""
    kinds = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        if dataclasses.is_dataclass(kinds[field.name]):
            yield field.name, kinds[field.name]


def leaves(config_class: type) -> Iterator[Leaf]:
    """The options of `config_class` itself, without those of its sections; TypeError for a field that is neither."""
    kinds = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        kind = kinds[field.name]
        if dataclasses.is_dataclass(kind):
            continue
        if _METADATA not in field.metadata or (kind not in _ELEMENT and kind not in _TUPLES):
            raise TypeError(f"{config_class.__name__}.{field.name}: expected a section or an option(), got {kind}.")
        yield Leaf(field.name, kind, field.default, field.metadata[_METADATA])


def check_options(config: Any) -> None:
    """Hold every option of `config` to its type and range; whole numbers given for floats become floats.

    Call it first in `__post_init__`. Raises ConfigError "--name: expected ..., got ...".
    """
    for leaf in leaves(type(config)):
        value = getattr(config, leaf.name)
        element = _TUPLES.get(leaf.kind, leaf.kind)
        elements = value if leaf.kind in _TUPLES and isinstance(value, tuple) else (value,)
        typed = leaf.kind not in _TUPLES or isinstance(value, tuple)
        # bool is a subclass of int, but True is no number of steps.
        typed = typed and all(type(item) is element or (element is float and type(item) is int) for item in elements)
        if not typed or not all(leaf.option.allows(item) for item in elements):
            raise ConfigError(f"--{leaf.name}: expected {expectation(leaf)}, got {value!r}.")
        if element is float:
            floats = tuple(float(item) for item in elements)
            object.__setattr__(config, leaf.name, floats if leaf.kind in _TUPLES else floats[0])


def expectation(leaf: Leaf) -> str:
    """What `leaf` takes, in words: "a whole number, at least 1"."""
    if leaf.option.choices is not None:
        several = "one or several, comma separated, of" if leaf.kind in _TUPLES else "one of"
        return f"{several} {', '.join(leaf.option.choices)}"
    if leaf.kind in _TUPLES:
        noun = f"{_ELEMENT[_TUPLES[leaf.kind]]} or several, comma separated"
    else:
        noun = _ELEMENT[leaf.kind]
    return ", ".join(filter(None, (noun, leaf.option.range())))


class _Parser(flags.ArgumentParser[Any]):
    """Text of one flag to a number, text or tuple, with an error that says what was expected."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def parse(self, argument: Any) -> Any:
        if not isinstance(argument, str):  # absl parses defaults, too
            return argument
        try:
            if self.leaf.kind in _TUPLES:
                element: Callable[[str], Any] = _TUPLES[self.leaf.kind]
                return tuple(element(item.strip()) for item in argument.split(",")) if argument.strip() else ()
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

    Raises ValueError where two sections have an option of one name: the flag could not tell them apart.
    """
    for leaf in leaves(config_class):
        if leaf.name in flag_values:
            raise ValueError(f"{config_class.__name__}.{leaf.name}: another section already has --{leaf.name}.")
        if leaf.kind is bool:
            flag = flags.BooleanFlag(leaf.name, leaf.default, leaf.option.help)
            flag.parser = _BoolParser()
            flags.DEFINE_flag(flag, flag_values)
        else:
            parser = _Parser(leaf)
            flags.DEFINE(parser, leaf.name, leaf.default, leaf.option.help, flag_values=flag_values)
    for _, section in sections(config_class):
        define_flags(section, flag_values)


def from_flags(config_class: type[Config], flag_values: flags.FlagValues) -> Config:
    """Build `config_class` with its sections from parsed flags; raises ConfigError as their checks do."""
    values: dict[str, Any] = {leaf.name: flag_values[leaf.name].value for leaf in leaves(config_class)}
    values |= {name: from_flags(section, flag_values) for name, section in sections(config_class)}
    return config_class(**values)


def to_dict(config: Any) -> dict[str, Any]:
    """`config` as nested dictionaries that JSON can hold: tuples become lists."""
    values = {leaf.name: getattr(config, leaf.name) for leaf in leaves(type(config))}
    nested = {name: to_dict(getattr(config, name)) for name, _ in sections(type(config))}
    order = [field.name for field in dataclasses.fields(config)]
    both = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | nested
    return {name: both[name] for name in order}


def from_dict(config_class: type[Config], values: Mapping[str, Any]) -> Config:
    """The inverse of `to_dict`; raises ConfigError for unknown or missing names and for values out of range."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"{config_class.__name__}: expected a dictionary, got {type(values).__name__}.")
    names = {field.name for field in dataclasses.fields(typing.cast(Any, config_class))}
    for problem, wrong in (("unknown", set(values) - names), ("missing", names - set(values))):
        if wrong:
            raise ConfigError(f"{config_class.__name__}: {problem} {', '.join(sorted(map(str, wrong)))}.")
    built = {leaf.name: _restored(leaf, values[leaf.name]) for leaf in leaves(config_class)}
    built |= {name: from_dict(section, values[name]) for name, section in sections(config_class)}
    return config_class(**built)


def _restored(leaf: Leaf, value: Any) -> Any:
    return tuple(value) if leaf.kind in _TUPLES and isinstance(value, list) else value


def differences(old: Mapping[str, Any], new: Mapping[str, Any], ignore: Collection[str] = ()) -> list[str]:
    """What differs between two dictionaries of `to_dict`, one "seed: 1 -> 2" per option, leaving out `ignore`d names.

    An option that only one of them has differs from "nothing".
    """
    before, after = dict(_flat(old)), dict(_flat(new))
    return [
        f"{path[-1]}: {before.get(path, 'nothing')} -> {after.get(path, 'nothing')}"
        for path in dict.fromkeys((*before, *after))
        if path[-1] not in ignore and (path not in before or path not in after or before[path] != after[path])
    ]


def _flat(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), list(value) if isinstance(value, tuple) else value
