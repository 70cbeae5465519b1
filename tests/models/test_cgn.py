"""The digit CGN as its users see it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.folding import for_inference
from cgn_tf.types import Triplet


@pytest.fixture(scope="module")
def cgn() -> CGN:
    keras.utils.set_random_seed(3)
    model = digit_cgn(gain=1.0)  # without training the published gain of 0.1 makes flat images
    model.build()
    return model


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32)


def count(model: keras.layers.Layer) -> int:
    """As PyTorch counts: learned values, without the running statistics."""
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def test_published_parameter_counts(cgn: CGN) -> None:
    assert count(cgn) == 659_992
    assert count(cgn.texture_mechanism) == count(cgn.background_mechanism) == 232_489
    assert count(cgn.shape_mechanism) == 194_914


def test_parts_and_their_ranges(cgn: CGN) -> None:
    composite = cgn(noise(4), [0, 3, 9, 9])
    for part, channels in zip(composite, (3, 1, 1, 3, 3), strict=True):
        assert part.shape == (4, 32, 32, channels)
        assert part.dtype == tf.float32
    mask, image = np.asarray(composite.mask), np.asarray(composite.image)
    assert 0 < mask.min() <= 1e-4
    assert 1 - 1e-4 <= mask.max() < 1
    foreground, background = np.asarray(composite.foreground), np.asarray(composite.background)
    np.testing.assert_allclose(image, mask * foreground + (1 - mask) * background, atol=1e-6)
    assert np.abs(foreground).max() <= 1


def test_each_label_moves_its_own_factor_alone(cgn: CGN) -> None:
    base = cgn(noise(2), [1, 2])
    other = cgn(noise(2), Triplet(shape=[1, 2], texture=[5, 6], background=[1, 2]))
    np.testing.assert_array_equal(base.mask, other.mask)
    np.testing.assert_array_equal(base.background, other.background)
    assert np.abs(np.asarray(base.foreground) - np.asarray(other.foreground)).max() > 1e-3


def test_each_noise_moves_its_own_factor_alone(cgn: CGN) -> None:
    base = cgn(noise(2), [1, 2])
    other = cgn(Triplet(noise(2, 1), noise(2), noise(2)), [1, 2])
    np.testing.assert_array_equal(base.foreground, other.foreground)
    assert np.abs(np.asarray(base.mask) - np.asarray(other.mask)).max() > 1e-3


def test_offsets_shift_texture_and_background(cgn: CGN) -> None:
    plain = cgn(noise(2), [1, 2])
    offsets = np.int32([[[3, 5], [0, 31]], [[0, 0], [7, 0]]])
    shifted = cgn(noise(2), [1, 2], offsets=offsets)
    np.testing.assert_array_equal(plain.mask, shifted.mask)
    for i in range(2):
        for part, (dy, dx) in zip(("foreground", "background"), offsets[i], strict=True):
            rolled = np.roll(np.asarray(getattr(plain, part))[i], (-dy, -dx), (0, 1))
            np.testing.assert_array_equal(np.asarray(getattr(shifted, part))[i], rolled)


def test_an_image_does_not_depend_on_its_batch(cgn: CGN) -> None:
    together, alone = cgn(noise(3), [4, 5, 6]).image, cgn(noise(3)[1:2], [5]).image
    np.testing.assert_allclose(np.asarray(together)[1:2], alone, atol=1e-5)


def test_bad_input(cgn: CGN) -> None:
    with pytest.raises(ValueError, match=r"shape labels: expected values in \[0, 10\), got \[10\]"):
        cgn(noise(1), [10])
    with pytest.raises(ValueError, match="texture labels"):
        cgn(noise(1), Triplet([1], [-1], [1]))
    with pytest.raises(ValueError, match=r"shape noise: expected shape \[B, 32\], got \(1, 31\)"):
        cgn(np.zeros((1, 31), np.float32), [1])


def test_embeddings_stand_for_their_labels(cgn: CGN) -> None:
    labels = Triplet([1, 2], [3, 4], [9, 0])
    embedded = cgn.embed(labels)
    assert [part.shape for part in embedded] == [(2, 10)] * 3
    for name, part in cgn(noise(2), embeddings=embedded)._asdict().items():
        np.testing.assert_array_equal(part, getattr(cgn(noise(2), labels), name), err_msg=name)
    between = Triplet(*(0.5 * (a + b) for a, b in zip(embedded, cgn.embed([5, 6]), strict=True)))
    images = [np.asarray(made.image) for made in (cgn(noise(2), embeddings=between), cgn(noise(2), labels))]
    assert np.abs(images[0] - images[1]).max() > 1e-3
    with pytest.raises(ValueError, match=r"shape labels: expected values in \[0, 10\), got \[10\]"):
        cgn.embed([10])


ONE_HOT = np.eye(10)[[3, 7]]


@pytest.mark.parametrize("form", [ONE_HOT.astype(dtype) for dtype in ("float32", "float64", "int32", "uint8", "bool")]
                         + [ONE_HOT.tolist(), tf.constant(ONE_HOT, tf.float32), tf.constant(ONE_HOT, tf.int64),
                            np.float32(ONE_HOT)[:, :4]])  # fmt: skip
@pytest.mark.parametrize("factor", [*Triplet._fields, "all"])
def test_one_hot_labels_are_refused(form: Any, factor: str, cgn: CGN) -> None:
    labels = form if factor == "all" else Triplet.same([3, 7])._replace(**{factor: form})
    first = "shape" if factor == "all" else factor
    for take in (lambda given: cgn(noise(2), given), cgn.embed):
        with pytest.raises(
            ValueError,
            match=rf"^{first} labels: expected integer labels \[B\], got \w+ \[2, \d+\]; of one-hot labels give "
            r"np\.argmax\(one_hot, axis=1\), embeddings of labels as `embeddings`\.$",
        ):
            take(labels)


def test_one_hot_labels_are_refused_in_a_graph(cgn: CGN) -> None:
    with pytest.raises(ValueError, match=r"shape labels: expected integer labels \[B\], got float32 \[2, 10\]"):
        tf.function(lambda labels: cgn(noise(2), labels).image)(tf.constant(ONE_HOT, tf.float32))
    embedded = cgn.embed([3, 7])
    image = tf.function(lambda given: cgn(noise(2), embeddings=given).image)(embedded)
    np.testing.assert_allclose(image, cgn(noise(2), [3, 7]).image, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "expected either labels or embeddings, got neither"),
        ({"labels": [1, 2], "embeddings": np.zeros((2, 10), np.float32)}, "labels or embeddings, got both"),
        ({"embeddings": [1, 2]}, r"shape embeddings: expected floats \[B, 10\], as `embed` makes .*, got int32 \[2\]"),
        ({"embeddings": ONE_HOT.astype(int)}, r"shape embeddings: expected floats .*, got int\d\d \[2, 10\]"),
        ({"embeddings": np.zeros((2, 9), np.float32)}, r"shape embeddings: .*, got float32 \[2, 9\]"),
        (
            {"embeddings": Triplet.same(np.zeros((2, 10), np.float32))._replace(texture=np.zeros(10, np.float32))},
            r"texture embeddings: expected floats \[B, 10\], .*, got float32 \[10\]",
        ),
    ],
)
def test_embeddings_that_are_none(given: dict[str, Any], message: str, cgn: CGN) -> None:
    with pytest.raises(ValueError, match=message):
        cgn(noise(2), **given)


def test_in_a_graph(cgn: CGN) -> None:
    generate = tf.function(lambda u, y: cgn(u, y).image)
    np.testing.assert_allclose(generate(noise(2), tf.constant([1, 2])), cgn(noise(2), [1, 2]).image, atol=1e-5)


def test_round_trip_of_the_configuration(cgn: CGN) -> None:
    again = CGN.from_config(cgn.get_config())
    again.build()
    again.set_weights(cgn.get_weights())
    np.testing.assert_array_equal(again(noise(2), [1, 2]).image, cgn(noise(2), [1, 2]).image)


def test_seeded_start_differs_between_mechanisms() -> None:
    def build() -> CGN:
        keras.utils.set_random_seed(5)
        model = digit_cgn(init="normal", gain=0.03)
        model.build()
        return model

    first, second = build(), build()
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [np.asarray(mechanism.dense.kernel) for mechanism in first.mechanisms]
    assert np.abs(kernels[1] - kernels[2]).max() > 0
    assert np.std(kernels[0]) == pytest.approx(0.03, rel=0.05)


def one_mask_for_three(count: int) -> tuple[Triplet[np.ndarray], Triplet[list[int]], np.ndarray]:
    """`count` shapes, three textures and backgrounds for each, all different."""
    labels = np.random.default_rng(1).integers(10, size=(3, 3 * count)).tolist()
    offsets = np.random.default_rng(2).integers(32, size=(3 * count, 2, 2), dtype=np.int32)
    return (
        Triplet(noise(count, 3), noise(3 * count, 4), noise(3 * count, 5)),
        Triplet(labels[0][:count], labels[1], labels[2]),
        offsets,
    )


def test_one_mask_for_several_images_equals_the_plain_call(cgn: CGN) -> None:
    noises, labels, offsets = one_mask_for_three(2)
    shared = cgn(noises, labels, offsets=offsets, images_per_mask=3)
    repeated_noise = noises._replace(shape=np.repeat(noises.shape, 3, axis=0))
    repeated_labels = labels._replace(shape=np.repeat(labels.shape, 3).tolist())
    plain = cgn(repeated_noise, repeated_labels, offsets=offsets)
    for name, part, expected in zip(shared._fields, shared, plain, strict=True):
        assert part.shape == expected.shape
        np.testing.assert_allclose(part, expected, atol=1e-5, err_msg=name)
    masks = np.asarray(shared.mask).reshape(2, 3, 32, 32)
    np.testing.assert_array_equal(masks, np.broadcast_to(masks[:, :1], masks.shape))  # the very same, not a similar one
    assert np.abs(masks[0, 0] - masks[1, 0]).max() > 0.1


def test_rows_that_do_not_fit_one_mask_for_several_images(cgn: CGN) -> None:
    noises, labels, offsets = one_mask_for_three(2)
    with pytest.raises(
        ValueError, match=r"^texture noise: expected 8 rows for 2 shapes and images_per_mask=4, got 6\.$"
    ):
        cgn(noises, labels, images_per_mask=4)
    with pytest.raises(ValueError, match=r"^background labels: expected 6 rows .*, got 5\.$"):
        cgn(noises, labels._replace(background=[0] * 5), images_per_mask=3)
    with pytest.raises(ValueError, match=r"^shape labels: expected 2 rows .*, got 6\.$"):
        cgn(noises, labels._replace(shape=labels.texture), images_per_mask=3)
    with pytest.raises(ValueError, match=r"^offsets: expected 6 rows .*, got 2\.$"):
        cgn(noises, labels, offsets=offsets[:2], images_per_mask=3)
    with pytest.raises(
        ValueError, match=r"^texture noise: expected 4 rows for 2 shapes and images_per_mask=2, got 2\.$"
    ):
        cgn(noise(2), [1, 2], images_per_mask=2)
    with pytest.raises(ValueError, match=r"^images_per_mask: expected at least 1, got 0\.$"):
        cgn(noises, labels, images_per_mask=0)


def test_a_for_inference_leaves_the_original_as_it_is() -> None:
    cgn = digit_cgn()
    cgn.build()
    trainable = [variable.path for variable in cgn.trainable_variables]
    noise, labels = np.ones((2, 32), np.float32), np.int32([3, 4])
    np.testing.assert_array_equal(for_inference(cgn)(noise, labels).image, cgn(noise, labels).image)
    assert [variable.path for variable in cgn.trainable_variables] == trainable
    assert len(trainable) == 33


def test_with_an_opaque_mask_the_texture_mechanism_draws_the_whole_image() -> None:
    model = digit_cgn(gain=1.0, masker="full")
    model.build()
    composite = model(noise(3), Triplet([0, 1, 2], [3, 4, 5], [6, 7, 8]))
    np.testing.assert_array_equal(composite.image, composite.foreground)
    np.testing.assert_array_equal(composite.mask, np.ones((3, 32, 32, 1), np.float32))
    assert not model.shuffles
