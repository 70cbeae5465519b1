"""Options as fields of frozen dataclasses: declared once with default, help and range; flags and JSON follow.

    @dataclass(frozen=True)
    class RunConfig:
        steps: int = option(1_000, "Optimisation steps.", minimum=1)

        def __post_init__(self) -> None:
            check_options(self)

A command's configuration is a dataclass of such fields, or of sections that are such dataclasses; flags have the
leaf names. The options of parts, which are chosen by name, stand in fields of their own: see `cgn_tf.options.parts`.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Collection, Iterator
from typing import Any

from cgn_tf.errors import ConfigError
from cgn_tf.options import renamed_flags
from cgn_tf.options.paths import PathOption, PathUse

_METADATA = "cgn_tf.option"
PARTS = "cgn_tf.parts"
"""Marks a field that holds the options of parts."""
ELEMENT = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
TUPLES: dict[Any, type] = {tuple[int, ...]: int, tuple[float, ...]: float, tuple[str, ...]: str}


@dataclasses.dataclass(frozen=True)
class Option:
    """What `option` was told: help text, and the values that are allowed (of every element, for tuples)."""

    help: str
    choices: Collection[Any] | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    path: PathOption | None = None
    scales_with: str = ""

    def allows(self, value: Any) -> bool:
        """Whether the scalar `value`, already of the right type, is finite and in range."""
        if self.choices is not None:
            return value in self.choices
        if isinstance(value, (str, bool)):
            return True
        return (
            (isinstance(value, int) or math.isfinite(value))  # of a huge whole number Python makes no float
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def range(self) -> str:
        """The allowed values in words, for example "at least 1, below 5"; empty where all are."""
        if self.choices is not None:
            return "one of " + ", ".join(map(str, self.choices))
        limits = (("at least", self.minimum), ("at most", self.maximum), ("above", self.above), ("below", self.below))
        # a whole number with all its digits: 9.2e+18 is none that one could give
        return ", ".join(
            f"{word} {limit if isinstance(limit, int) else format(limit, 'g')}"
            for word, limit in limits
            if limit is not None
        )


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
    choices: Collection[Any] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
    scales_with: str = "",
) -> Any:
    """A dataclass field with a default, a help text and the values it allows.

    `minimum` and `maximum` belong to the range, `above` and `below` do not; for tuples they hold for every element.
    Floats have to be finite in any case. `choices` may be a `Registry` (or `Choices` of one): parts that are registered
    later are then allowed, too. `scales_with` names the option, "steps", with which the value of a whole number is
    shortened: see `cgn_tf.options.scaling`.
    """
    told = Option(help, choices, minimum, maximum, above, below, scales_with=scales_with)
    return dataclasses.field(default=default, metadata={_METADATA: told})


def path_option(default: Any, help: str, use: PathUse, *, words: tuple[str, ...] = (), addresses: bool = False) -> Any:
    """A dataclass field for a path, or for a tuple of paths.

    `check_options` brings what was typed to a path on this machine: see `PathOption.resolved`. What a command writes to
    is held to be writable before the command begins: see `cgn_tf.files.destinations`.

    Args:
        default: a text, or a tuple of texts; empty: no path.
        help: text.
        use: what the command does with the path.
        words: values that are no paths, "random" for example.
        addresses: whether addresses of the web, https://…, are allowed, too.
    """
    told = Option(help, path=PathOption(use, words, addresses))
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
        if dataclasses.is_dataclass(kind) or PARTS in field.metadata:
            continue
        if _METADATA not in field.metadata or (kind not in ELEMENT and kind not in TUPLES):
            raise TypeError(f"{config_class.__name__}.{field.name}: expected a section or an option(), got {kind}.")
        yield Leaf(field.name, kind, field.default, field.metadata[_METADATA])


def check_options(config: Any) -> None:
    """Hold every option of `config` to its type and range; whole numbers given for floats become floats, `~` a home.

    Call it first in `__post_init__`. Raises ConfigError "`name`: expected ..., got ...".
    """
    for leaf in leaves(type(config)):
        value = getattr(config, leaf.name)
        element = TUPLES.get(leaf.kind, leaf.kind)
        elements = value if leaf.kind in TUPLES and isinstance(value, tuple) else (value,)
        typed = leaf.kind not in TUPLES or isinstance(value, tuple)
        # bool is a subclass of int, but True is no number of steps.
        typed = typed and all(type(item) is element or (element is float and type(item) is int) for item in elements)
        if not typed or not all(leaf.option.allows(item) for item in elements):
            raise ConfigError(f"`{leaf.name}`: expected {expectation(leaf)}, got {value!r}.{_renamed(leaf, elements)}")
        if leaf.option.path is not None:
            paths = tuple(leaf.option.path.resolved(leaf.name, path) for path in elements)
            object.__setattr__(config, leaf.name, paths if leaf.kind in TUPLES else paths[0])
        if element is float:
            floats = tuple(float(item) for item in elements)
            object.__setattr__(config, leaf.name, floats if leaf.kind in TUPLES else floats[0])


def _renamed(leaf: Leaf, values: Collection[Any]) -> str:
    """A sentence for a value that has another name now; empty for others."""
    texts = [value for value in values if isinstance(value, str)]
    found = [(value, renamed_flags.VALUES.get((leaf.name, value))) for value in texts]
    return "".join(f" What was {value} is {new} now." for value, new in found if new)


def expectation(leaf: Leaf) -> str:
    """What `leaf` takes, in words: "a whole number, at least 1"."""
    if leaf.option.choices is not None:
        several = "one or several, comma separated, of" if leaf.kind in TUPLES else "one of"
        return f"{several} {', '.join(map(str, leaf.option.choices))}"
    noun = f"{ELEMENT[TUPLES[leaf.kind]]} or several, comma separated" if leaf.kind in TUPLES else ELEMENT[leaf.kind]
    return ", ".join(filter(None, (noun, leaf.option.range())))
