from __future__ import annotations

import keras
import numpy as np
import pytest

from cgn_tf.models.discriminators.spectral import SpectralDiscriminator


def built(channels: int = 8) -> SpectralDiscriminator:
    keras.utils.set_random_seed(1)
    discriminator = SpectralDiscriminator(channels=channels)
    discriminator(images(1), np.int32([0]))
    return discriminator


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)


def test_one_score_an_image_that_depends_on_the_label() -> None:
    discriminator = built()
    scores = np.asarray(discriminator(images(3), np.int32([1, 2, 3])))
    assert scores.shape == (3,)
    assert np.abs(scores - np.asarray(discriminator(images(3), np.int32([4, 5, 6])))).min() > 0


def test_training_passes_bring_every_kernel_to_norm_one() -> None:
    discriminator = built()
    for variable in (*discriminator.kernels, discriminator.score, discriminator.embedding):
        variable.assign(3.0 * np.random.default_rng(2).standard_normal(variable.shape))
    for _ in range(100):
        discriminator(images(2), np.int32([0, 1]), training=True)
    vectors = [*discriminator.vectors, discriminator.score_vector, discriminator.embedding_vector]
    for variable, vector in zip(
        (*discriminator.kernels, discriminator.score, discriminator.embedding), vectors, strict=True
    ):
        used = np.asarray(discriminator._normalised(variable, vector, training=False))
        norm = np.linalg.svd(used.reshape(-1, used.shape[-1]), compute_uv=False)[0]
        assert norm == pytest.approx(1.0, abs=0.02), variable.path


def test_the_vectors_move_in_training_alone() -> None:
    discriminator = built()
    before = [vector.numpy() for vector in discriminator.vectors]
    discriminator(images(2), np.int32([0, 1]))
    for old, vector in zip(before, discriminator.vectors, strict=True):
        np.testing.assert_array_equal(old, vector.numpy())
    discriminator(images(2), np.int32([0, 1]), training=True)
    assert all(
        np.abs(old - vector.numpy()).max() > 0 for old, vector in zip(before, discriminator.vectors, strict=True)
    )


def test_an_image_has_its_score_whatever_the_batch() -> None:
    discriminator = built()
    labels = np.int32([3, 5, 7])
    together = np.asarray(discriminator(images(3), labels, training=True))
    alone = [np.asarray(discriminator(images(3)[i : i + 1], labels[i : i + 1]))[0] for i in range(3)]
    discriminator = built()
    np.testing.assert_allclose(together, np.asarray(discriminator(images(3), labels)), rtol=1e-5)
    assert len({round(float(score), 6) for score in alone}) == 3


def test_no_dropout() -> None:
    assert built().random_inputs == {}
