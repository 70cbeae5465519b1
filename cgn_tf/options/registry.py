"""Parts of one kind by name: what an option that chooses a part may say, and what it then means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar


class Part(Protocol):
    """What every part carries, whatever its room.

    A room's `contract.py` says what else its parts carry.
    """

    @property
    def name(self) -> str:
        """By which options choose the part; lower case and underscores."""

    @property
    def summary(self) -> str:
        """One line for `--help`."""

    @property
    def options(self) -> type[Any]:
        """Frozen dataclass of `option()` fields with the part's own options; several parts may share one."""


P = TypeVar("P", bound=Part)


class Family(NamedTuple):
    """Parts of one kind without number, whose names are a word, a colon and what is meant: "tfds:cifar10".

    Attributes:
        word: before the colon.
        placeholder: stands behind the colon in help and errors: "NAME".
        options: those that all of them share.
        make: what stands behind the colon, not empty → the part.
    """

    word: str
    placeholder: str
    options: type[Any]
    make: Callable[[str], Any]


class Choices:
    """The names of a registry, as they are when asked for, and further ones: `choices` of an option.

    Iterating gives the placeholders of families, too: "tfds:NAME".

    Args:
        registry: of the parts.
        others: allowed besides, "none" for example.
    """

    def __init__(self, registry: Registry[Any], *others: str) -> None:
        self.registry = registry
        self.others = others

    def __iter__(self) -> Iterator[str]:
        yield from self.registry
        yield from (f"{family.word}:{family.placeholder}" for family in self.registry.families.values())
        yield from self.others

    def __contains__(self, name: object) -> bool:
        return name in self.registry or name in self.others

    def __len__(self) -> int:
        return len(list(iter(self)))


class Registry(Generic[P]):
    """The parts of one kind by name, in the order in which they were registered.

    Iterating gives the names, so that a registry can stand where an option takes its choices.

    Args:
        kind: what the parts are, in errors: "masker".
        parts: those of this package.
        families: of parts that are made when they are asked for; iterating does not give them.

    Example:
        >>> MASKERS = Registry("masker", [CLIP, SIGMOID])
        >>> MASKERS["clip"].options
        <class 'ClipMaskerOptions'>
    """

    def __init__(self, kind: str, parts: Iterable[P] = (), families: Iterable[Family] = ()) -> None:
        self.kind = kind
        self.families = {family.word: family for family in families}
        self._parts: dict[str, P] = {}
        for part in parts:
            self.register(part)

    def register(self, part: P) -> P:
        """Adds a part, for all that is parsed and made from now on, and returns it.

        Raises:
            ValueError: another part has its name.
        """
        if part.name in self._parts:
            raise ValueError(f"{self.kind}: expected a name that is not taken, got {part.name!r} again.")
        self._parts[part.name] = part
        return part

    def unregister(self, name: str) -> None:
        """Takes a part out again.

        Raises:
            ValueError: no part has this name.
        """
        del self._parts[self[name].name]

    def __getitem__(self, name: str) -> P:
        """The part of a name; ValueError names those there are."""
        if name in self._parts:
            return self._parts[name]
        if name not in self:
            raise ValueError(f"{self.kind}: expected one of {', '.join(Choices(self))}, got {name!r}.")
        word, _, meant = name.partition(":")
        made: P = self.families[word].make(meant)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        word, _, meant = name.partition(":")
        return name in self._parts or (word in self.families and bool(meant))

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def parts(self) -> list[P]:
        """All parts, in their order."""
        return list(self._parts.values())

    @property
    def options(self) -> list[type[Any]]:
        """The options classes of all parts and families, each once."""
        classes = [part.options for part in self.parts] + [family.options for family in self.families.values()]
        return list(dict.fromkeys(classes))


def parts_of(choices: Iterable[str] | None) -> list[Any]:
    """The parts among which an option chooses by name; none for choices that are words."""
    if isinstance(choices, Choices):
        choices = choices.registry
    return choices.parts if isinstance(choices, Registry) else []
