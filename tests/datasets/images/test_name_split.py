"""Which images are for training, validation and tests follows from their names alone."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from cgn_tf.datasets.images.name_split import SPLITS, name_split

NAMES = [f"cat/{number}.jpg" for number in range(3_000)]
LABELS = [0] * len(NAMES)


def named(names: list[str], labels: list[int], *shares: float) -> dict[str, set[str]]:
    found = name_split(names, labels, *shares)
    return {split: {names[index] for index in indices} for split, indices in found.items()}


def test_every_image_is_in_one_split_and_shares_are_about_what_was_asked() -> None:
    found = name_split(NAMES, LABELS, 0.1, 0.2)
    assert tuple(found) == SPLITS
    np.testing.assert_array_equal(np.sort(np.concatenate(list(found.values()))), np.arange(len(NAMES)))
    assert [len(found[split]) / len(NAMES) for split in SPLITS] == pytest.approx([0.7, 0.1, 0.2], abs=0.02)


def test_the_number_of_a_name_is_that_of_its_sha256() -> None:
    first = int.from_bytes(hashlib.sha256(b"cat/0.jpg").digest()[:6]) / 2**48
    assert len(name_split(["cat/0.jpg", "cat/1.jpg"], [0, 0], 0.0, first)["test"]) < 2
    assert 0 in name_split(["cat/0.jpg", *NAMES[100:]], [0] * 2_901, 0.0, first + 1e-9)["test"]
    assert 0 not in name_split(["cat/0.jpg", *NAMES[100:]], [0] * 2_901, 0.0, first)["test"]


def test_new_images_move_no_others() -> None:
    before = named(NAMES, LABELS, 0.1, 0.1)
    after = named([*NAMES[::-1], *(f"dog/{number}.jpg" for number in range(500))], [*LABELS, *[1] * 500], 0.1, 0.1)
    assert all(before[split] == {name for name in after[split] if name.startswith("cat")} for split in SPLITS)


def test_a_larger_test_split_keeps_the_images_of_the_smaller_one() -> None:
    assert named(NAMES, LABELS, 0.1, 0.1)["test"] < named(NAMES, LABELS, 0.1, 0.2)["test"]


def test_every_class_keeps_a_training_image() -> None:
    names = [f"{label}/only.png" for label in range(50)]
    found = name_split(names, list(range(50)), 0.5, 0.5)
    np.testing.assert_array_equal(found["train"], np.arange(50))
    assert not len(found["validation"])
    assert not len(found["test"])
    two = [f"{label}/{number}.png" for label in range(50) for number in range(2)]
    labels = [label for label in range(50) for _ in range(2)]
    assert np.unique(np.array(labels)[name_split(two, labels, 0.5, 0.5)["train"]]).tolist() == list(range(50))


def test_composed_and_decomposed_letters_count_as_the_same() -> None:
    names = [f"Bär/{number}.jpg" for number in range(200)]
    decomposed = [name.replace("ä", "a\u0308") for name in names]
    assert decomposed != names
    for one, other in zip(
        *(name_split(both, [0] * 200, 0.2, 0.2).values() for both in (names, decomposed)), strict=True
    ):
        np.testing.assert_array_equal(one, other)
