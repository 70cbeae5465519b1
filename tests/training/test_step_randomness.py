"""The random part of a step is a function of (seed, step)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.models.discriminators.projection import ProjectionDiscriminator
from cgn_tf.training.step_randomness import StepRandomness


@pytest.fixture(scope="module")
def cgn() -> CGN:
    return digit_cgn()


def drawn(
    cgn: CGN,
    step: int,
    seed: int = 3,
    discriminator: Any = None,
    labels: str = "independent",
    size: int = 500,
    instance_noise: float = 0.0,
) -> Any:
    noise = (lambda step: instance_noise) if instance_noise else None
    randomness = StepRandomness(
        cgn=cgn, seed=seed, discriminator=discriminator, generated_labels=labels, instance_noise=noise
    )
    label, image = tf.range(size, dtype=tf.int32) % 10, tf.zeros((size, 32, 32, 3))
    return tf.nest.map_structure(np.asarray, randomness(tf.constant(step, tf.int64), label, image))


def test_shapes_ranges_and_distributions(cgn: CGN) -> None:
    batch = drawn(cgn, 7, discriminator=LinearDiscriminator(width=16))
    assert batch["noise"].shape == (500, 32)
    assert abs(batch["noise"].mean()) < 0.03
    assert batch["noise"].std() == pytest.approx(1, abs=0.02)
    assert batch["offsets"].shape == (500, 2, 2)
    assert (batch["offsets"].min(), batch["offsets"].max()) == (0, 31)
    assert set(batch["generated_label"]) == set(range(10))
    fake, real = (batch[f"{kind}_random_inputs"]["dropout_mask"] for kind in ("fake", "real"))
    for mask in (fake, real):
        assert mask.shape == (500, 2, 16)
        assert set(mask.ravel()) == {0.0, 1.0}
        assert mask.mean() == pytest.approx(0.6, abs=0.02)
    assert (fake != real).any()


def test_the_same_again_and_different_elsewhere(cgn: CGN) -> None:
    first, again = drawn(cgn, 7), drawn(cgn, 7)
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name])
    for other in (drawn(cgn, 8), drawn(cgn, 6, seed=4), drawn(cgn, 7, seed=4)):
        for name in ("noise", "offsets", "generated_label"):
            assert (first[name] != other[name]).any(), name


def test_labels_paired_or_independent(cgn: CGN) -> None:
    paired, independent = drawn(cgn, 7, labels="paired"), drawn(cgn, 7)
    np.testing.assert_array_equal(paired["generated_label"], paired["label"])
    share = (independent["generated_label"] == independent["label"]).mean()
    assert 0.04 < share < 0.17


def test_labels_of_paired_noise(cgn: CGN) -> None:
    labels = drawn(cgn, 7, labels="paired_noise")["generated_label"]
    np.testing.assert_array_equal(labels[::2], labels[1::2])
    assert set(labels) == set(range(10))
    assert 0.04 < (labels[:-2:2] == labels[2::2]).mean() < 0.17


def test_no_dropout_no_masks(cgn: CGN) -> None:
    assert "fake_random_inputs" not in drawn(cgn, 7, discriminator=ProjectionDiscriminator())
    assert "fake_random_inputs" not in drawn(cgn, 7)


def test_noise_for_the_discriminator(cgn: CGN) -> None:
    batch = drawn(cgn, 7, discriminator=ProjectionDiscriminator(), instance_noise=0.25, size=20)
    for name in ("fake_instance_noise", "real_instance_noise"):
        assert batch[name].shape == (20, 32, 32, 3)
        assert batch[name].std() == pytest.approx(0.25, rel=0.02)
    assert (batch["fake_instance_noise"] != batch["real_instance_noise"]).all()
    assert "fake_instance_noise" not in drawn(cgn, 7, discriminator=ProjectionDiscriminator())
    assert "fake_instance_noise" not in drawn(cgn, 7, instance_noise=0.25)
