"""A mechanism that draws one colour an image."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.mechanisms.constant_colour import ConstantColourMechanism


def inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.standard_normal((count, 32)).astype(np.float32), np.eye(10, dtype=np.float32)[np.arange(count) % 10]


def mechanism() -> ConstantColourMechanism:
    keras.utils.set_random_seed(0)
    own = ConstantColourMechanism()
    own.build((None, 32), (None, 10))
    return own


def test_the_stated_count_and_size() -> None:
    own = mechanism()
    assert sum(int(np.prod(variable.shape)) for variable in own.trainable_variables) == 42 * 64 + 64 + 64 * 3 + 3 + 6
    assert own(*inputs(2)).shape == (2, 32, 32, 3)
    assert ConstantColourMechanism(16, 1)(*inputs(2)).shape == (2, 16, 16, 1)


@pytest.mark.parametrize("training", [False, True])
def test_images_are_flat_and_differ_with_noise_and_label(training: bool) -> None:
    own = mechanism()
    noise, condition = inputs(20)
    images = np.asarray(own(noise, condition, training=training))
    assert np.ptp(images, axis=(1, 2)).max() == 0
    assert np.abs(images).max() <= 1
    colours = images[:, 0, 0]
    assert np.abs(colours[:10] - colours[10:]).max(axis=1).min() > 1e-2  # of one label
    labelled = np.asarray(own(np.repeat(noise[:1], 10, 0), condition[:10], training=training))[:, 0, 0]
    assert np.abs(labelled[:, None] - labelled[None]).max(-1)[~np.eye(10, dtype=bool)].min() > 1e-2


def test_training_normalises_over_the_batch_and_moves_the_statistics() -> None:
    own = mechanism()
    images = np.asarray(own(*inputs(40), training=True))
    logits = np.arctanh(images[:, 0, 0].astype(np.float64))
    np.testing.assert_allclose(logits.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(logits.std(0), 1, atol=1e-2)
    assert np.abs(np.asarray(own.norm.moving_mean)).max() > 0


def test_the_constructor_is_kept() -> None:
    config = ConstantColourMechanism(16, 1, 8, name="texture").get_config()
    assert ConstantColourMechanism.from_config(config).get_config() == config


def test_a_cgn_of_flat_textures_shifts_nothing() -> None:
    cgn = digit_cgn(shape="deep", texture="constant_colour", background="constant_colour", masker="sigmoid")
    cgn.build()
    assert not cgn.shuffles
    with pytest.raises(ValueError, match="no shuffler"):
        cgn(inputs(2)[0], [0, 1], offsets=np.zeros((2, 2, 2), np.int32))
