"""What the line says with which a run begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from cgn_tf.training.opening import opening


def first_line(**more: Any) -> str:
    described = {"data": {"dataset": "folder"}, "run": {"seed": 3}, "batch_size": 4, **more}
    return opening(described, Path("runs/x"), 0, 1_500, tf.distribute.get_strategy()).splitlines()[0]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["cat"], " (1 class: cat)"),
        (["cat", "dog"], " (2 classes: cat, dog)"),
        (list("abcde"), " (5 classes: a, b, c, d, e)"),
        (list("abcdefghij"), " (10 classes: a, b, c, d, e and 5 more)"),
    ],
)
def test_classes_with_names_are_named(names: list[str], shown: str) -> None:
    assert first_line(class_names=names).startswith(f"folder{shown}: 1,500 steps of 4 images, seed 3, on one ")


def test_of_data_without_names_it_has_none() -> None:
    assert first_line().startswith("folder: 1,500 steps of 4 images, seed 3, on one ")
