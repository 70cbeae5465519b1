"""Which object gets which background: a pure function of the seed and of the names of the images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from cgn_tf.challenge.contract import Item
from cgn_tf.errors import CommandError


class Mix(NamedTuple):
    """One image of a mixed set: the object of one image on the background of another."""

    set_name: str
    item: Item
    behind: Item


def mixes(items: Sequence[Item], class_names: Sequence[str], mixed_sets: Sequence[str], seed: int) -> list[Mix]:
    """The images of the mixed sets: one of each set for each item, set after set.

    mixed_same: every other image of the class is as likely. mixed_next: every image of the class that follows in
    `class_names`, the first one after the last. mixed_rand: every other class is as likely, then every image of it; the
    paper draws a random class, too. Which one it is depends on the seed, the set, the item's class and name, and the
    classes and names that there are; not on their order.

    Args:
        items: all images that were not left out.
        class_names: of all classes.
        mixed_sets: which sets.
        seed: integer seed of the draws.

    Raises:
        CommandError: there are not the images that a set needs.
    """
    check_mixable(items, class_names, mixed_sets)
    by_class = _by_class(items, class_names)
    return [Mix(name, item, _behind(name, item, by_class, seed)) for name in mixed_sets for item in items]


def draw(count: int, *purpose: object) -> int:
    """A number from 0 to `count` − 1, every one as likely, which follows from what it is for."""
    digest = hashlib.sha256("\0".join(map(str, purpose)).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest) % count


def _behind(set_name: str, item: Item, by_class: dict[str, list[Item]], seed: int) -> Item:
    """The image whose background an object gets."""
    purpose = (seed, set_name, item.key)
    names = list(by_class)
    if set_name == "mixed_same":
        others = [one for one in by_class[item.class_name] if one != item]
        return others[draw(len(others), *purpose)]
    place = names.index(item.class_name)
    step = 1 if set_name == "mixed_next" else 1 + draw(len(names) - 1, *purpose, "class")
    found = by_class[names[(place + step) % len(names)]]
    return found[draw(len(found), *purpose)]


def check_mixable(items: Sequence[Item], class_names: Sequence[str], mixed_sets: Sequence[str]) -> None:
    """Holds every draw of `mixes` to have something to draw from.

    Raises:
        CommandError: it has not.
    """
    by_class = _by_class(items, class_names)
    others = [name for name in mixed_sets if name != "mixed_same"]
    if others and len(by_class) < 2:
        raise CommandError(
            f"{' and '.join(others)}: expected at least two classes, whose backgrounds can be exchanged, got "
            f"{', '.join(by_class)} alone; give more classes, or leave the sets out with `mixed_sets`."
        )
    empty = [name for name, found in by_class.items() if not found]
    if empty and others:
        raise CommandError(
            f"{' and '.join(others)}: expected images of every class, got none of {_listed(empty)}; add images, or "
            "choose `classes`; skipped.csv has what was left out and why."
        )
    single = [name for name, found in by_class.items() if len(found) == 1]
    if "mixed_same" in mixed_sets and single:
        raise CommandError(
            f"mixed_same: expected at least two images of every class, since none gets its own background, got one of "
            f"{_listed(single)}; add images, leave the class out, or leave the set out with `mixed_sets`."
        )


def _by_class(items: Sequence[Item], class_names: Sequence[str]) -> dict[str, list[Item]]:
    """The items of each class, sorted; found by class at once, since there may be very many."""
    found: dict[str, list[Item]] = {name: [] for name in class_names}
    for item in sorted(items):
        found[item.class_name].append(item)
    return found


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
