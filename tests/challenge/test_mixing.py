"""Which object gets which background."""

from __future__ import annotations

from collections import Counter

import pytest

from cgn_tf.challenge.contract import MIXED, Item
from cgn_tf.challenge.mixing import Mix, draw, mixes
from cgn_tf.errors import CommandError

CLASSES = ("a", "b", "c", "d")


def items(count: int, classes: tuple[str, ...] = CLASSES) -> list[Item]:
    return [Item(name, str(i), f"{name}/{i}.png") for name in classes for i in range(count)]


def of_set(found: list[Mix], name: str) -> list[Mix]:
    return [mix for mix in found if mix.set_name == name]


def test_every_set_keeps_its_rule() -> None:
    found = mixes(items(40), CLASSES, MIXED, 3)
    assert Counter(mix.set_name for mix in found) == dict.fromkeys(MIXED, 160)
    for mix in of_set(found, "mixed_same"):
        assert mix.behind.class_name == mix.item.class_name
        assert mix.behind != mix.item
    for mix in of_set(found, "mixed_next"):
        assert mix.behind.class_name == {"a": "b", "b": "c", "c": "d", "d": "a"}[mix.item.class_name]
    assert all(mix.behind.class_name != mix.item.class_name for mix in of_set(found, "mixed_rand"))


def test_other_classes_and_their_images_are_equally_likely() -> None:
    many = items(600)
    # one class has a tenth of the images, and is drawn as often
    few = [one for one in many if one.class_name != "d" or int(one.name) < 60]
    found = of_set(mixes(few, CLASSES, ["mixed_rand"], 0), "mixed_rand")
    counts = Counter(mix.behind.class_name for mix in found if mix.item.class_name == "a")
    assert set(counts) == {"b", "c", "d"}
    # 600 draws of 1/3 each: mean 200, standard deviation 11.5
    assert all(abs(count - 200) < 46 for count in counts.values())
    of_d = Counter(mix.behind.name for mix in found if mix.behind.class_name == "d")
    assert len(of_d) == 60  # of about 600 draws from 60 images none is missed
    assert max(of_d.values()) < 30


def test_draws_follow_from_seed_and_names_alone() -> None:
    listed = items(9)
    found = set(mixes(listed, CLASSES, MIXED, 5))
    assert set(mixes(listed[::-1], CLASSES, MIXED[::-1], 5)) == found
    assert set(mixes(listed, CLASSES, MIXED, 6)) != found
    # sets draw on their own: an object's backgrounds in two sets have nothing to do with one another
    names = {name: [mix.behind.name for mix in of_set(list(found), name)] for name in MIXED}
    assert names["mixed_next"] != names["mixed_rand"]


def test_a_draw_is_a_known_number() -> None:
    # the SHA-256 of these three, NUL between them, as sha256sum gives it, modulo 1000
    assert draw(1000, 0, "mixed_same", "a/1") == 100
    assert draw(1, 0, "anything") == 0


@pytest.mark.parametrize(
    ("found", "classes", "message"),
    [
        (items(3, ("a",)), ("a",), r"mixed_rand and mixed_next: expected at least two classes.*got a alone"),
        (items(3, ("a", "b")), ("a", "b", "c"), r"expected images of every class, got none of c"),
        (items(1), CLASSES, r"mixed_same: expected at least two images of every class.*got one of a, b, c and 1 more"),
    ],
)
def test_sets_that_cannot_be_made_are_refused(found: list[Item], classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        mixes(found, classes, MIXED, 0)


def test_one_class_has_mixed_same_alone() -> None:
    assert len(mixes(items(3, ("a",)), ("a",), ["mixed_same"], 0)) == 3
    assert len(mixes(items(1), CLASSES, ["mixed_rand", "mixed_next"], 0)) == 8
