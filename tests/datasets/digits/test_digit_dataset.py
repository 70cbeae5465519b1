from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from cgn_tf.datasets.contract import LabelledBatch
from cgn_tf.datasets.digits.colored import COLORED_RGB, Colored
from cgn_tf.datasets.digits.digit_dataset import DigitDataset
from cgn_tf.datasets.digits.double_colored import DOUBLE_COLORED_BACKGROUND_RGB, DoubleColored
from cgn_tf.datasets.digits.sources import Digits, load_digits
from cgn_tf.datasets.digits.textures import Textures, load_textures
from cgn_tf.datasets.digits.variant import Variant
from cgn_tf.datasets.digits.wildlife import Wildlife
from cgn_tf.datasets.global_batches import GlobalBatches
from cgn_tf.random_streams import Stream

VARIANTS = ["colored", "double_colored", "wildlife"]


def variant_of(name: str, textures: Textures) -> Variant:
    return Wildlife(textures) if name == "wildlife" else {"colored": Colored, "double_colored": DoubleColored}[name]()


def piped(data: DigitDataset, batch_size: int, start: int = 0, steps: int = 1) -> tf.data.Dataset:
    """The batches of some steps as training has them."""
    return GlobalBatches(lambda step: data.batch(step, batch_size), batch_size)(start).take(steps)


def flat(batch: LabelledBatch) -> list[np.ndarray]:
    return [np.asarray(part) for part in (batch.image, *batch.labels)]


def assert_equal(first: LabelledBatch, second: LabelledBatch) -> None:
    for one, other in zip(flat(first), flat(second), strict=True):
        np.testing.assert_array_equal(one, other)


def numbered(count: int) -> Digits:
    """Images that tell their index: the grey value of pixel p is 255 where bit p of the index is set."""
    bits = (np.arange(count)[:, None] >> np.arange(1024).clip(max=62)[None]) & 1
    bits[:, 30:] = 0
    images = (bits * 255).astype(np.uint8).reshape(count, 32, 32)
    return Digits(images, (np.arange(count) % 10).astype(np.int32))


def indices_of(images: Any) -> np.ndarray:
    """The index of each rendered double-colored image: its stroke pixels differ from its last pixel."""
    rows = np.asarray(images).reshape(len(images), 1024, 3)
    bits = np.any(rows != rows[:, -1:], axis=2)[:, :30]
    return (bits * (1 << np.arange(30))).sum(1)


@pytest.fixture
def make(digits, textures):
    def build(variant: str = "colored", seed: int = 3, split_is_test: bool = False) -> DigitDataset:
        return DigitDataset(variant_of(variant, textures), digits, split_is_test=split_is_test, seed=seed)

    return build


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("split_is_test", [False, True])
def test_batch_is_a_function_of_seed_and_step(make, variant, split_is_test):
    first, second = (make(variant, split_is_test=split_is_test) for _ in range(2))
    assert_equal(first.batch(5, 16), second.batch(tf.constant(5, tf.int64), 16))
    for other in (first.batch(6, 16), make(variant, seed=4, split_is_test=split_is_test).batch(5, 16)):
        assert np.mean(np.all(flat(first.batch(5, 16))[0] == flat(other)[0], axis=(1, 2, 3))) == 0.0


@pytest.mark.parametrize("variant", VARIANTS)
def test_dataset_equals_eager_batches(make, variant):
    data = make(variant, split_is_test=True)
    batches = list(piped(data, 16, start=2, steps=4))
    assert len(batches) == 4
    for step, batch in enumerate(batches, start=2):
        for one, other in zip(flat(batch), flat(data.batch(step, 16)), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("start", [1, 7])
def test_started_dataset_equals_the_continuation(make, variant, start):
    whole = list(piped(make(variant), 16, steps=12))
    resumed = list(piped(make(variant), 16, start, 12 - start))
    assert len(resumed) == 12 - start
    for one, other in zip(whole[start:], resumed, strict=True):
        assert_equal(one, other)


def test_dataset_without_steps_goes_on(make, digits):
    batches = list(piped(make(), 16, steps=20))
    assert len(batches) == 20, "20 · 16 images are more than eight epochs of 37"
    assert batches[-1].image.shape == (16, 32, 32, 3)


def test_dataset_far_along_starts_at_once(make):
    data = make()
    far = 10**12
    (batch,) = piped(data, 16, start=far)
    assert_equal(batch, data.batch(far, 16))


@pytest.mark.parametrize(("count", "batch_size"), [(37, 16), (64, 16), (1000, 48), (5, 16), (1, 4)])
def test_every_image_comes_once_per_epoch(count, batch_size):
    data = DigitDataset(DoubleColored(), numbered(count), split_is_test=False, seed=11)
    epochs = 3
    steps = -(-epochs * count // batch_size)
    walk = np.concatenate([indices_of(batch.image) for batch in piped(data, batch_size, steps=steps)])
    orders = [walk[epoch * count : (epoch + 1) * count] for epoch in range(epochs)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(count))
    if count >= 37:
        assert np.mean(orders[0] == orders[1]) < 0.2, "epochs are shuffled differently"
        assert abs(np.corrcoef(orders[0], np.arange(count))[0, 1]) < 0.4
        assert np.mean(np.diff(orders[0]) == 1) < 0.2, "neighbours do not stay together"


def test_seeds_beyond_32_bits_differ(digits):
    batches = []
    for seed in (1, 2**32 + 1, 2**62 + 1):
        data = DigitDataset(DoubleColored(), numbered(500), split_is_test=False, seed=seed)
        batches.append(indices_of(data.batch(0, 100).image))
    assert np.mean(batches[0] == batches[1]) < 0.1
    assert np.mean(batches[1] == batches[2]) < 0.1


@pytest.mark.parametrize("variant", VARIANTS)
def test_labels_belong_to_their_image(make, digits, variant):
    data = make(variant)
    for batch in piped(data, 16, steps=5):
        for factor in batch.labels:
            np.testing.assert_array_equal(factor, batch.labels.shape)
            assert factor.dtype == tf.int32
    labels = DigitDataset(DoubleColored(), numbered(50), split_is_test=True, seed=0).batch(0, 50)
    np.testing.assert_array_equal(indices_of(labels.image) % 10, labels.labels.shape)


def test_train_images_show_the_colour_of_their_class(digits):
    white = Digits(np.full_like(digits.images, 255), digits.labels)
    data = DigitDataset(Colored(), white, split_is_test=False, seed=0)
    colours, labels = [], []
    for batch in piped(data, 37, steps=100):
        colours.append((batch.image.numpy()[:, 9, 9] + 1.0) / 2.0)
        labels.append(batch.labels.shape.numpy())
    colours, labels = np.concatenate(colours), np.concatenate(labels)
    for label in range(10):
        mean = COLORED_RGB[label] / 255.0
        # clipping moves the mean of channels near 0 or 1; the others keep it
        free = (mean > 0.4) & (mean < 0.6)
        np.testing.assert_allclose(colours[labels == label].mean(0)[free], mean[free], atol=0.035)
    assert np.bincount(labels).tolist() == [400] * 7 + [300] * 3


@pytest.mark.parametrize("variant", VARIANTS)
def test_test_split_draws_factors_independently(make, variant):
    data = make(variant, split_is_test=True)
    labels = [np.stack(flat(batch)[1:]) for batch in piped(data, 400, steps=25)]
    shape, texture, background = np.concatenate(labels, axis=1)
    for factor in (texture, background):
        assert stats.chisquare(np.bincount(factor, minlength=10)).pvalue > 1e-3
    for one, other in ((shape, texture), (shape, background), (texture, background)):
        table = np.zeros((10, 10))
        np.add.at(table, (one, other), 1)
        assert stats.chi2_contingency(table).pvalue > 1e-3
        assert 0.07 < np.mean(one == other) < 0.13


def test_test_labels_dress_the_image():
    digits = numbered(200)
    data = DigitDataset(DoubleColored(), digits, split_is_test=True, seed=2)
    batch = data.batch(0, 200)
    backgrounds = (batch.image.numpy()[:, -1, -1] + 1.0) / 2.0
    distances = np.abs(backgrounds[:, None] - DOUBLE_COLORED_BACKGROUND_RGB[None] / 255.0).max(2)
    np.testing.assert_array_equal(distances.argmin(1), batch.labels.background)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("split_is_test", [False, True])
def test_ordered_does_not_depend_on_the_batch_size(make, digits, variant, split_is_test):
    data = make(variant, split_is_test=split_is_test)
    whole = flat(next(iter(data.ordered(100))))
    small = [flat(batch) for batch in data.ordered(10)]
    assert [len(batch[0]) for batch in small] == [10, 10, 10, 7]
    for one, other in zip(whole, map(np.concatenate, zip(*small, strict=True)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_array_equal(whole[1], digits.labels)
    for one, other in zip(flat(next(iter(data.ordered(100)))), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_ordered_shows_every_image_in_order():
    data = DigitDataset(DoubleColored(), numbered(37), split_is_test=False, seed=5)
    shown = np.concatenate([indices_of(batch.image) for batch in data.ordered(8)])
    np.testing.assert_array_equal(shown, np.arange(37))


def test_ordered_test_factors_are_uniform():
    data = DigitDataset(DoubleColored(), numbered(3000), split_is_test=True, seed=1)
    labels = np.concatenate([np.stack(flat(batch)[1:]) for batch in data.ordered(500)], axis=1)
    for factor in labels[1:]:
        assert stats.chisquare(np.bincount(factor, minlength=10)).pvalue > 1e-3
    assert 0.077 < np.mean(labels[0] == labels[1]) < 0.123


def test_train_and_test_splits_draw_other_numbers():
    white = Digits(np.full((500, 32, 32), 255, np.uint8), np.zeros(500, np.int32))
    train, test = (DigitDataset(Colored(), white, split_is_test=split, seed=0).batch(0, 500) for split in (False, True))
    # where both show class 0, (220, 20, 60), the jitter is all that tells them apart; the blue channel is not clipped
    same_colour = test.labels.texture.numpy() == 0
    assert same_colour.sum() > 25
    blue = [batch.image.numpy()[same_colour, 0, 0, 2] for batch in (train, test)]
    assert abs(np.corrcoef(blue)[0, 1]) < 0.5


@pytest.mark.parametrize("variant", VARIANTS)
def test_real_digits_in_their_range(mnist_path, variant):
    digits = load_digits(str(mnist_path), "test")
    data = DigitDataset(variant_of(variant, load_textures("procedural")), digits, split_is_test=True, seed=0)
    assert len(data) == 10_000
    batch = data.batch(0, 256)
    image = batch.image.numpy()
    assert image.shape == (256, 32, 32, 3)
    assert image.dtype == np.float32
    assert image.min() >= -1.0
    assert image.max() <= 1.0
    if variant == "colored":
        # a grey digit on black: what is lit is what the digits light
        lit = np.mean(np.any(image > -0.99, axis=3))
        assert lit == pytest.approx(np.mean(digits.images > 2), abs=0.03)


def test_wrong_arguments_are_named(digits, make):
    with pytest.raises(ValueError, match=r"expected images uint8 \[N, 32, 32\], got uint8 \(37, 28, 28\)"):
        DigitDataset(Colored(), Digits(digits.images[:, :28, :28], digits.labels), split_is_test=False, seed=0)
    with pytest.raises(ValueError, match=r"expected one label an image, got \(36,\) for 37 images"):
        DigitDataset(Colored(), Digits(digits.images, digits.labels[:36]), split_is_test=False, seed=0)
    with pytest.raises(ValueError, match="for 0 images"):
        DigitDataset(Colored(), Digits(digits.images[:0], digits.labels[:0]), split_is_test=False, seed=0)
    with pytest.raises(ValueError, match="batch_size: expected at least 1, got 0"):
        make().ordered(0)


@pytest.mark.parametrize("split_is_test", [False, True])
@pytest.mark.parametrize("ordered", [False, True])
def test_every_purpose_has_a_stream_of_its_own(digits, monkeypatch, split_is_test, ordered):
    drawn: list[Stream] = []
    monkeypatch.setattr(
        "cgn_tf.datasets.digits.digit_dataset.stream_key",
        lambda seed, stream, step: drawn.append(stream) or tf.constant([seed, int(stream)], tf.int64),
    )
    environments = () if split_is_test else (1.0, 0.5)
    data = DigitDataset(Colored(), digits, split_is_test=split_is_test, seed=3, environments=environments)
    next(iter(data.ordered(4))) if ordered else data.batch(0, 4)
    kind = 10 * ordered + 20 * split_is_test
    assert drawn == [100 + kind, 101 + kind, *([] if split_is_test else [103 + kind]), 102 + kind]
