"""Parts of one kind by name: what an option that chooses a part may say, and what it then means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar


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


class Choices:
    """The names of a registry, as they are when asked for, and further ones: `choices` of an option.

    Args:
        registry: of the parts.
        others: allowed besides, "none" for example.
    """

    def __init__(self, registry: Registry[Any], *others: str) -> None:
        self.registry = registry
        self.others = others

    def __iter__(self) -> Iterator[str]:
        yield from self.registry
        yield from self.others

    def __contains__(self, name: object) -> bool:
        return name in self.registry or name in self.others

    def __len__(self) -> int:
        return len(self.registry) + len(self.others)


class Registry(Generic[P]):
    """The parts of one kind by name, in the order in which they were registered.

    Iterating gives the names, so that a registry can stand where an option takes its choices.

    Args:
        kind: what the parts are, in errors: "masker".
        parts: those of this package.

    Example:
        >>> MASKERS = Registry("masker", [CLIP, SIGMOID])
        >>> MASKERS["clip"].options
        <class 'ClipMaskerOptions'>
    """

    def __init__(self, kind: str, parts: Iterable[P] = ()) -> None:
        self.kind = kind
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
        if name not in self._parts:
            raise ValueError(f"{self.kind}: expected one of {', '.join(self._parts)}, got {name!r}.")
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def parts(self) -> list[P]:
        """All parts, in their order."""
        return list(self._parts.values())


def parts_of(choices: Iterable[str] | None) -> list[Any]:
    """The parts among which an option chooses by name; none for choices that are words."""
    if isinstance(choices, Choices):
        choices = choices.registry
    return choices.parts if isinstance(choices, Registry) else []
