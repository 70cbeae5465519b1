from __future__ import annotations

import keras
import numpy as np

from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.maskers.bounds import MASK_MAX, MASK_MIN
from cgn_tf.models.maskers.sigmoid import SigmoidMasker
from cgn_tf.models.mechanisms.deep import DeepMechanism


def test_logits_of_the_stated_size_and_count() -> None:
    mechanism = DeepMechanism()
    mechanism.build((None, 32), (None, 10))
    dense = 42 * 128 + 128 + 2 * 128  # with scale and shift of the batch norm
    to_map = 128 * 4096 + 4096 + 2 * 64
    convolutions = 9 * 64 * 48 + 2 * 48 + 9 * 48 * 24 + 2 * 24 + 9 * 24 + 1
    assert sum(int(np.prod(v.shape)) for v in mechanism.trainable_variables) == dense + to_map + convolutions
    logits = mechanism(np.zeros((2, 32), np.float32), np.zeros((2, 10), np.float32))
    assert logits.shape == (2, 32, 32, 1)
    assert mechanism.image_size == 32


def test_the_first_masks_are_small_and_differ_with_noise_and_label() -> None:
    keras.utils.set_random_seed(0)
    cgn = digit_cgn(shape="deep", masker="sigmoid", texture_width=8)
    cgn.build()
    noise = np.random.default_rng(0).standard_normal((64, 32)).astype(np.float32)
    mask = np.asarray(cgn(noise, np.arange(64) % 10, training=True).mask)
    assert 0.05 < mask.mean() < 0.45
    twins = np.asarray(cgn(noise[:2], [3, 3]).mask)
    classes = np.asarray(cgn(np.repeat(noise[:1], 2, 0), [3, 4]).mask)
    assert np.abs(twins[0] - twins[1]).mean() > 1e-3
    assert np.abs(classes[0] - classes[1]).mean() > 1e-3


def test_an_image_is_the_tanh_of_as_many_logits() -> None:
    mechanism = DeepMechanism(output_channels=3)
    noise, condition = np.zeros((2, 32), np.float32), np.ones((2, 10), np.float32)
    image = np.asarray(mechanism(noise, condition))
    assert image.shape == (2, 32, 32, 3)
    mechanism.to_logits.kernel.assign(np.zeros((3, 3, 24, 3), np.float32))
    mechanism.to_logits.bias.assign([-1.0, 0.0, 2.0])
    expected = np.broadcast_to(np.tanh(np.float32([-1.0, 0.0, 2.0])), (2, 32, 32, 3))
    np.testing.assert_allclose(mechanism(noise, condition), expected, rtol=1e-6)


def test_an_earlier_configuration_is_of_a_premask() -> None:
    config = DeepMechanism(name="shape").get_config()
    del config["output_channels"]
    assert DeepMechanism.from_config(config).output_channels is None


def test_the_constructor_is_kept() -> None:
    config = DeepMechanism([16, 8], 32, 24, -1.0, output_channels=3, name="texture").get_config()
    assert DeepMechanism.from_config(config).get_config() == config


def test_the_sigmoid_keeps_to_the_masks_range() -> None:
    masker = SigmoidMasker()
    np.testing.assert_allclose(
        np.ravel(masker(np.float32([-100, 0, 100]).reshape(1, 1, 3, 1))), [MASK_MIN, 0.5, MASK_MAX], rtol=1e-6
    )
