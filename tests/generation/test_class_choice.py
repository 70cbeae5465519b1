from __future__ import annotations

import pytest

from cgn_tf.datasets.class_names import ClassNames
from cgn_tf.errors import CommandError
from cgn_tf.generation.class_choice import BEST_CLASSES, MODES, choose_classes
from cgn_tf.generation.config import GenerateConfig
from cgn_tf.options.declaration import leaves
from cgn_tf.types import Triplet

DIGITS = ClassNames(list("0123456789"))
IMAGENET = ClassNames([f"n{i:08d}" for i in range(1000)], [f"n{i:08d}" for i in range(1000)])


def test_random_draws_from_all_classes() -> None:
    assert choose_classes("random", (), DIGITS) == Triplet.same(tuple(range(10)))


def test_fixed_classes_in_the_order_of_the_factors() -> None:
    assert choose_classes("fixed_classes", ("7", "0", "7"), DIGITS) == Triplet((7,), (0,), (7,))
    assert choose_classes("fixed_classes", ("n00000207", "293", "978"), IMAGENET) == Triplet((207,), (293,), (978,))


def test_an_unknown_class() -> None:
    with pytest.raises(CommandError, match=r"^class '10': expected an index from 0 to 9"):
        choose_classes("fixed_classes", ("1", "10", "2"), DIGITS)


def test_the_best_classes_are_those_that_were_published() -> None:
    assert choose_classes("best_classes", (), IMAGENET) is BEST_CLASSES
    assert [len(classes) for classes in BEST_CLASSES] == [76, 75, 38]
    assert [sum(classes) for classes in BEST_CLASSES] == [46_880, 44_642, 18_624]
    for classes in BEST_CLASSES:
        assert list(classes) == sorted(set(classes))
        assert classes[0] >= 0
        assert classes[-1] < 1000


def test_digits_have_no_best_classes() -> None:
    with pytest.raises(CommandError, match="`mode=best_classes`: expected a model of ImageNet's 1000 classes, got 10;"):
        choose_classes("best_classes", (), DIGITS)


def test_the_modes_are_those_of_the_command() -> None:
    assert {leaf.name: leaf.option.choices for leaf in leaves(GenerateConfig)}["mode"] == MODES
