from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits as bundled_digits

from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.errors import CommandError
from cgn_tf.ops.resize import resize_nearest


def strokes(count: int) -> np.ndarray:
    """Images of a black edge and other pixels at random, uint8 [count, 28, 28]."""
    inside = np.random.default_rng(count).integers(0, 256, (count, 26, 26), dtype=np.uint8)
    return np.pad(inside, ((0, 0), (1, 1), (1, 1)))


def small_arrays() -> dict[str, np.ndarray]:
    return {
        "x_train": strokes(24),
        "y_train": (np.arange(24) % 10).astype(np.uint8),
        "x_test": strokes(7),
        "y_test": (np.arange(7) % 10).astype(np.int64),
    }


def saved(path: Path, **changes: Any) -> str:
    arrays = small_arrays() | changes
    np.savez(path / "digits.npz", **{key: value for key, value in arrays.items() if value is not None})
    return str(path / "digits.npz")


@pytest.mark.parametrize(
    ("split", "stored", "part"), [("train", "train", slice(0, 20)), ("test", "train", slice(20, 24)),
                                  ("official_test", "test", slice(0, 7))]
)  # fmt: skip
def test_npz_is_parted_by_its_own_order(tmp_path, split, stored, part):
    arrays = small_arrays()
    digits = load_digits(saved(tmp_path), split)
    np.testing.assert_array_equal(digits.images, resize_nearest(arrays[f"x_{stored}"][part], 32))
    np.testing.assert_array_equal(digits.labels, arrays[f"y_{stored}"][part])
    assert digits.images.dtype == np.uint8
    assert digits.labels.dtype == np.int32


def test_mnist_splits_are_those_of_the_reference(mnist_path):
    with np.load(mnist_path) as arrays:
        raw_images, raw_labels, official = arrays["x_train"], arrays["y_train"], arrays["y_test"]
    train, test = load_digits(str(mnist_path), "train"), load_digits(str(mnist_path), "test")
    assert (len(train.labels), len(test.labels)) == (50_000, 10_000)
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), raw_labels)
    assert test.images[0, 16, 10] == raw_images[50_000, 14, 8]
    assert test.images[-1].sum() == np.asarray(resize_nearest(raw_images[-1:], 32)).sum()
    np.testing.assert_array_equal(load_digits(str(mnist_path), "official_test").labels, official)
    # the first labels that every MNIST tutorial prints
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_sklearn_digits_are_parted_without_a_gap():
    train, test = load_digits("sklearn", "train"), load_digits("sklearn", "test")
    assert (train.images.shape, test.images.shape) == ((1437, 32, 32), (360, 32, 32))
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), bundled_digits().target)
    assert train.images.dtype == np.uint8
    assert train.labels.dtype == np.int32


def test_sklearn_digits_are_enlarged_in_place():
    images = load_digits("sklearn", "train").images
    source = bundled_digits().images[: len(images)] / 16.0
    # Means over the 3×3 pixels that an original pixel becomes follow the original.
    shrunk = images[:, 4:28, 4:28].reshape(-1, 8, 3, 8, 3).mean((2, 4)) / 255.0
    assert np.corrcoef(shrunk.ravel(), source.ravel())[0, 1] > 0.95
    dark, bright = shrunk[source == 0.0], shrunk[source == 1.0]
    assert dark.mean() < 0.04
    assert bright.mean() > 0.85
    # strokes leave the frame free, and are black or white rather than grey
    frame = np.ones((32, 32), bool)
    frame[3:29, 3:29] = False
    assert images[:, frame].max() == 0
    assert np.mean((images > 64) & (images < 192)) < 0.07
    assert 0.12 < (images > 25).mean() < 0.25


def test_sklearn_has_no_official_test_split():
    with pytest.raises(CommandError, match="sklearn's have no official test split; use `digits=tfds`"):
        load_digits("sklearn", "official_test")


@pytest.mark.parametrize("source", ["mnist", "", "digits.npy"])
def test_unknown_source_is_named(source):
    with pytest.raises(CommandError, match=f"expected sklearn, tfds, or the path of an .npz, got '{source}'"):
        load_digits(source, "train")


def test_unknown_split_is_named():
    with pytest.raises(ValueError, match="expected one of train, validation, test, official_test, got 'valid'"):
        load_digits("sklearn", "valid")


def test_what_is_validation_size_is_the_end_of_the_training_images():
    whole = load_digits("sklearn", "train")
    train, validation = (load_digits("sklearn", split, validation_size=137) for split in ("train", "validation"))
    assert len(train.labels) == 1_300
    for kept, parts in zip(whole, zip(train, validation, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), kept)
    np.testing.assert_array_equal(
        load_digits("sklearn", "test", validation_size=137).labels, load_digits("sklearn", "test").labels
    )


def test_validation_needs_something_validation_size_and_training_something_left():
    with pytest.raises(ValueError, match="validation_size: expected at least 1 for validation, got 0"):
        load_digits("sklearn", "validation")
    with pytest.raises(CommandError, match="expected less than the 1437 training images, got 1437"):
        load_digits("sklearn", "train", validation_size=1_437)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_train": None}, r"has no y_train; it holds x_train, x_test, y_test\.$"),
        ({"x_train": np.zeros((24, 28, 28), np.float32)}, r"x_train: expected uint8 images .*got float32 \[24, 28, 28"),
        ({"x_train": np.zeros((24, 784), np.uint8)}, r"x_train: expected uint8 images .*got uint8 \[24, 784\]"),
        ({"x_train": np.zeros((0, 28, 28), np.uint8)}, r"x_train: expected uint8 images .*got uint8 \[0, 28, 28\]"),
        ({"y_train": np.zeros(23, np.uint8)}, r"y_train: expected integer labels \[24\], got uint8 \[23\]"),
        ({"y_train": np.zeros(24, np.float32)}, r"y_train: expected integer labels \[24\], got float32"),
        ({"y_train": np.full(24, 10, np.uint8)}, r"y_train: expected labels in \[0, 10\), got \[10, 10\]"),
        ({"y_train": np.full(24, -1, np.int64)}, r"y_train: expected labels in \[0, 10\), got \[-1, -1\]"),
        (
            {"x_train": np.zeros((5, 28, 28), np.uint8), "y_train": np.zeros(5, np.uint8)},
            "expected at least 6 training images, got 5",
        ),
    ],
)
def test_wrong_arrays_are_named(tmp_path, changes, message):
    with pytest.raises(CommandError, match=message):
        load_digits(saved(tmp_path, **changes), "train")


@pytest.mark.parametrize("split", ["train", "test", "official_test"])
def test_the_pixels_of_every_split_are_checked(split: str, tmp_path: Path) -> None:
    name = "x_test" if split == "official_test" else "x_train"
    other = "x_train" if split == "official_test" else "x_test"
    arrays = small_arrays()
    bad = saved(tmp_path, **{name: (arrays[name] > 127).astype(np.uint8)})
    with pytest.raises(CommandError, match=rf"digits\.npz: {name}: expected strokes that come close to 255, got a max"):
        load_digits(bad, split)
    load_digits(saved(tmp_path, **{other: 255 - arrays[other]}), split)  # only what is asked for is looked at


def test_a_class_without_images_is_worth_a_warning(tmp_path: Path) -> None:
    path = saved(tmp_path, y_train=np.full(24, 3, np.uint8), y_test=np.full(7, 3))
    with pytest.warns(UserWarning, match="y_train: expected images of all 10 classes, got none of 0, 1, 2, 4, 5, 6, 7"):
        assert load_digits(path, "train").labels.tolist() == [3] * 20
    load_digits(path, "official_test")


def test_digits_of_zeros_and_ones_are_refused(shared: Path) -> None:
    with pytest.raises(CommandError, match=r"got a maximum of 1; save the images multiplied by 255, as uint8\.$"):
        load_digits(str(shared / "cases" / "u8_01.npz"), "train")
