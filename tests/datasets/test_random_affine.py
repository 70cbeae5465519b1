from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from cgn_tf.datasets import random_affine
from cgn_tf.datasets.random_affine import RandomAffine


def blob(row: float = 15.5, column: float = 15.5, count: int = 64) -> np.ndarray:
    """A Gaussian of 1.5 pixels' deviation on black, once for each image."""
    rows, columns = np.mgrid[:32, :32]
    image = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 4.5).astype(np.float32)
    return np.tile(image[None, ..., None], (count, 1, 1, 3))


def centres(images: np.ndarray) -> np.ndarray:
    """Row and column of the centre of mass of each, [B, 2]."""
    return np.array([scipy.ndimage.center_of_mass(image[..., 0]) for image in images])


def test_a_function_of_seed_and_step_alone() -> None:
    images = blob()
    warp = RandomAffine(1.0, seed=3)
    first = np.asarray(warp(images, 5))
    assert (first.dtype, first.shape) == (np.float32, images.shape)
    np.testing.assert_array_equal(RandomAffine(1.0, seed=3)(images, tf.constant(5, tf.int64)), first)
    graph = tf.function(lambda x, step: warp(x, step))
    np.testing.assert_allclose(graph(images, tf.constant(5, tf.int64)), first, atol=1e-5)
    for other in (warp(images, 6), RandomAffine(1.0, seed=4)(images, 5)):
        assert np.abs(np.asarray(other) - first).max() > 0.1
    assert len({image.tobytes() for image in first}) == len(images)


def test_the_middle_stays_within_the_shift() -> None:
    moved = centres(np.asarray(RandomAffine(1.0, seed=0)(blob(), 0))) - 15.5
    assert np.abs(moved).max() < 1.3 * random_affine.SHIFT  # scale and shear act on the shift, too
    for axis in (0, 1):
        assert moved[:, axis].min() < -1 < 1 < moved[:, axis].max()
        assert abs(moved[:, axis].mean()) < 0.6


def test_rotation_scale_and_shear_have_their_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    def places(name: str, value: float) -> np.ndarray:
        """Where a blob 6 pixels right of the middle goes, of which only one of the four acts."""
        for other in ("ROTATION", "SCALE", "SHEAR", "SHIFT"):
            monkeypatch.setattr(random_affine, other, value if other == name else 0.0)
        return centres(np.asarray(RandomAffine(1.0, seed=1)(blob(column=21.5), 0))) - 15.5

    rotated = places("ROTATION", 20.0)
    angles = np.degrees(np.arctan2(rotated[:, 0], rotated[:, 1]))
    assert 15 < angles.max() < 20.5
    assert -20.5 < angles.min() < -15
    np.testing.assert_allclose(np.hypot(*rotated.T), 6, atol=0.1)
    scaled = places("SCALE", 0.2)[:, 1] / 6
    assert np.exp(0.15) < scaled.max() < np.exp(0.21)
    assert np.exp(-0.21) < scaled.min() < np.exp(-0.15)
    np.testing.assert_allclose(places("SHEAR", 0.2)[:, 1], 6, atol=0.1)  # on the middle row nothing moves
    half = RandomAffine(0.5, seed=1)(blob(column=21.5), 0)
    assert np.abs(centres(np.asarray(half)) - centres(blob(column=21.5))).max() < 0.1


def test_outside_is_the_mirror_image_and_no_new_colour() -> None:
    images = np.full((16, 32, 32, 3), -0.3, np.float32)
    np.testing.assert_allclose(RandomAffine(2.0, seed=0)(images, 0), images, atol=1e-6)
