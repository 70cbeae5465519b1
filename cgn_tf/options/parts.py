"""The options of parts that are chosen by name, as one field of a configuration.

    @dataclass(frozen=True)
    class ModelConfig:
        masker: str = option("clip", "From premask to mask.", choices=MASKERS)
        parts: PartOptions = part_options(lambda: [part.options for part in MASKERS.parts])

        def __post_init__(self) -> None:
            check_options(self)
            read = [MASKERS[self.masker].options]
            object.__setattr__(self, "parts", self.parts.only(read, "masker"))

Flags are made of every part that is registered; a configuration keeps, and writes to JSON, the options of the chosen
parts alone. So a run goes on unchanged when parts that it does not use come or go.

Parts may have options of one name, `data_dir` for example, with one default and of one type: there is one flag, and
whichever part is chosen reads it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import PARTS, Leaf, leaves, sections

Options = TypeVar("Options")


class PartOptions:
    """One instance of each of some options classes; what is not given has its defaults.

    Args:
        instances: of different classes.

    Raises:
        ValueError: two instances are of one class.
    """

    def __init__(self, *instances: Any) -> None:
        self._by_class: dict[type, Any] = {type(instance): instance for instance in instances}
        if len(self._by_class) != len(instances):
            raise ValueError(f"expected options of different classes, got {[type(one).__name__ for one in instances]}.")

    def of(self, options_class: type[Options]) -> Options:
        """The instance of a class; its defaults where none was given."""
        found: Options = self._by_class.get(options_class) or options_class()
        return found

    def only(self, read: Iterable[type], chosen_by: str) -> PartOptions:
        """The options of the classes that are read, and no others.

        Args:
            read: options classes of the chosen parts.
            chosen_by: the options that choose parts, in backticks, for the error.

        Raises:
            ConfigError: an option of another class was given a value, which nothing would read.
        """
        wanted = list(dict.fromkeys(read))
        are_read = {leaf.name for options_class in wanted for leaf in leaves(options_class)}
        unread = [
            f"`{name}`"
            for name in dict.fromkeys(
                leaf.name
                for options_class, instance in self._by_class.items()
                for leaf in leaves(options_class)
                if leaf.name not in are_read and getattr(instance, leaf.name) != leaf.default
            )
        ]
        if unread:
            raise ConfigError(
                f"{', '.join(unread)}: no chosen part reads {'it' if len(unread) == 1 else 'them'}; leave "
                f"{'it' if len(unread) == 1 else 'them'} out, or choose another part ({chosen_by})."
            )
        return PartOptions(*(self.of(options_class) for options_class in wanted))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._by_class.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartOptions) and self._by_class == other._by_class

    def __hash__(self) -> int:
        return hash(frozenset(self._by_class.items()))

    def __repr__(self) -> str:
        return f"PartOptions({', '.join(map(repr, self))})"


def part_options(classes: Callable[[], Iterable[type]]) -> Any:
    """A dataclass field for the options of parts.

    Args:
        classes: gives the options classes of all parts that may be chosen; asked whenever flags or dictionaries are
            made, so that parts which are registered later count.
    """
    return dataclasses.field(default_factory=PartOptions, metadata={PARTS: classes})


def part_fields(config_class: type) -> Iterator[tuple[str, list[type]]]:
    """The fields of `config_class` made by `part_options`: (field name, options classes, each once)."""
    for field in dataclasses.fields(config_class):
        if PARTS in field.metadata:
            yield field.name, list(dict.fromkeys(field.metadata[PARTS]()))


def option_classes(config_class: type) -> Iterator[type]:
    """`config_class`, its sections and the options classes of their parts, in the order of `--help`."""
    yield config_class
    for _, section in sections(config_class):
        yield from option_classes(section)
    for _, classes in part_fields(config_class):
        yield from classes


def all_leaves(config_class: type) -> Iterator[Leaf]:
    """Every option of a command: those of `config_class`, of its sections and of parts."""
    for options_class in option_classes(config_class):
        yield from leaves(options_class)


def section_name(options_class: type) -> str:
    """How an options class is called in dictionaries: MaskSizeOptions is "mask_size"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", options_class.__name__.removesuffix("Options"))
    return words.lower()
