from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cgn_tf.evaluation.prepared_images import prepared


def by_pillow(image: np.ndarray, size: int) -> np.ndarray:
    """As clean-fid resizes: channel by channel, in 32 bits."""
    channels = [
        np.asarray(Image.fromarray(image[..., c].astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC))
        for c in range(3)
    ]
    return np.clip(np.stack(channels, axis=-1), 0.0, 255.0) / 127.5 - 1.0


@pytest.mark.parametrize("shape", [(32, 32), (97, 61), (15, 40)])
def test_as_clean_fid(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    # 0.0035 of 255 levels
    np.testing.assert_allclose(prepared(image, 37), by_pillow(image, 37), atol=0.0035 / 127.5)


def test_a_batch_is_its_images() -> None:
    images = np.random.default_rng(1).integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
    np.testing.assert_array_equal(prepared(images, 11), np.stack([prepared(image, 11) for image in images]))


def test_stripes_of_a_pixel_become_grey() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(prepared(stripes, 8)).max() < 0.05


@pytest.mark.parametrize("images", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 1), np.uint8)])
def test_what_is_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="images: expected uint8"):
        prepared(images, 8)
