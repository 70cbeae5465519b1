from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.ops.patches import PatchGridConfig, patch_grid


def kernel(distance: float) -> float:
    if distance <= 1:
        return 1.25 * distance**3 - 2.25 * distance**2 + 1
    return -0.75 * (distance**3 - 5 * distance**2 + 8 * distance - 4)


def resized(image: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Along one axis, pixel by pixel, tap by tap."""
    image = np.moveaxis(image, axis, 0)
    rows = []
    for i in range(size):
        place = (i + 0.5) * len(image) / size - 0.5
        taps = range(math.floor(place) - 1, math.floor(place) + 3)
        rows.append(sum(kernel(abs(place - tap)) * image[min(max(tap, 0), len(image) - 1)] for tap in taps))
    return np.moveaxis(np.stack(rows), 0, axis)


def square(image: np.ndarray, size: int) -> np.ndarray:
    return resized(resized(image, size, 0), size, 1)


def means(mask: np.ndarray, settings: PatchGridConfig) -> np.ndarray:
    """[positions], of every patch of one mask, in float64."""
    size = (settings.patch_size, settings.patch_size)
    mask = square(mask[..., 0].astype(np.float64), settings.working_size)
    return np.lib.stride_tricks.sliding_window_view(mask, size).mean(axis=(2, 3)).ravel()


def plain_patch_grid(image: np.ndarray, mask: np.ndarray, picks: np.ndarray, settings: PatchGridConfig) -> np.ndarray:
    """One image, in float64, with all patches cut out."""
    resized_image = square(image.astype(np.float64), settings.working_size)
    size, across = settings.patch_size, settings.working_size - settings.patch_size + 1
    corners = [(top, left) for top in range(across) for left in range(across)]
    best = [corners[i] for i in np.argsort(-means(mask, settings), kind="stable")]
    chosen = [resized_image[top : top + size, left : left + size] for top, left in (best[pick] for pick in picks)]
    rows = [np.concatenate(chosen[i : i + settings.grid], axis=1) for i in range(0, len(chosen), settings.grid)]
    return square(np.concatenate(rows, axis=0), len(image))


def sample(batch: int, size: int, settings: PatchGridConfig | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, masks (a hill of its own slopes and place in each) and picks of ranks that float32 can tell apart."""
    settings = settings or PatchGridConfig()
    random = np.random.default_rng(size)
    across = np.linspace(-1, 1, size)
    masks = np.ones((batch, size, size, 1))
    for mask in masks:
        for axis in (0, 1):
            place, (below, above) = random.uniform(-0.5, 0.5), random.uniform(0.1, 0.45, 2)
            fall = below * np.maximum(place - across, 0) + above * np.maximum(across - place, 0)
            mask -= np.expand_dims(fall, (1 - axis, 2))
    masks = masks.astype(np.float32)
    picks = []
    for mask in masks:
        gaps = -np.diff(np.sort(means(mask, settings))[::-1][: settings.best + 1], prepend=np.inf)
        decided = np.flatnonzero(np.minimum(gaps[:-1], gaps[1:]) > 1e-5)
        assert len(decided) > settings.best / 2
        picks.append(random.choice(decided, settings.grid**2))
    images = random.uniform(-1, 1, (batch, size, size, 3))
    return images.astype(np.float32), masks, np.int32(picks)


@pytest.mark.parametrize("size", [256, 32])
def test_against_the_plain_way(size: int) -> None:
    images, masks, picks = sample(3, size)
    expected = [plain_patch_grid(*parts, PatchGridConfig()) for parts in zip(images, masks, picks, strict=True)]
    patch_grids = np.asarray(patch_grid(images, masks, picks))
    assert patch_grids.shape == (3, size, size, 3)
    np.testing.assert_allclose(patch_grids, np.stack(expected), rtol=0, atol=1e-4)


def test_other_settings() -> None:
    settings = PatchGridConfig(working_size=20, patch_size=7, best=12, grid=3)
    images, masks, picks = sample(2, 24, settings)
    expected = [plain_patch_grid(*parts, settings) for parts in zip(images, masks, picks, strict=True)]
    np.testing.assert_allclose(patch_grid(images, masks, picks, 20, 7, 12, 3), np.stack(expected), rtol=0, atol=1e-4)


def test_by_hand_without_any_resizing() -> None:
    """Patches of 2×2 out of 4×4, in a patch grid of 4×4; the best by the mask, equal ones row by row."""
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1) * np.float32([1, 10, 100])
    mask = np.float32([[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]]).reshape(1, 4, 4, 1)
    # (1, 2): 4 pixels; then with 2 of them (0, 2), (1, 1), (2, 2); then with 1 (0, 1) and (2, 1)
    patches = patch_grid(image, mask, np.int32([[0, 1, 2, 3]]), 4, 2, 6, 2)
    expected = [[6, 7, 2, 3], [10, 11, 6, 7], [5, 6, 10, 11], [9, 10, 14, 15]]
    np.testing.assert_array_equal(np.asarray(patches)[0, ..., 0], expected)
    np.testing.assert_array_equal(np.asarray(patches)[0, ..., 2], 100 * np.float32(expected))
    last = patch_grid(image, mask, np.int32([[5, 4, 4, 5]]), 4, 2, 6, 2)
    np.testing.assert_array_equal(np.asarray(last)[0, :2, :, 0], [[9, 10, 1, 2], [13, 14, 5, 6]])


@pytest.mark.parametrize("size", [256, 32])
def test_only_what_the_mask_shows_is_in_the_patch_grid(size: int) -> None:
    """Three images, each with its object in another corner, of another colour."""
    half, quarter, margin = size // 2, size // 4, size // 8
    images, masks = -np.ones((3, size, size, 3), np.float32), np.full((3, size, size, 1), 1e-4, np.float32)
    for i, (top, left) in enumerate([(0, 0), (0, half), (half, quarter)]):
        masks[i, top : top + half, left : left + half] = 0.9999
        # the objects stand out a little, because resizing overshoots where the colour changes
        rows, columns = (slice(max(start - margin, 0), start + half + margin) for start in (top, left))
        images[i, rows, columns] = np.float32([0.1, 0.5, 0.9]) * (i + 1) / 3
    picks = np.random.default_rng(0).integers(0, 100, (3, 36)).astype(np.int32)
    colours = np.float32([0.1, 0.5, 0.9]) * np.float32([1, 2, 3]).reshape(3, 1, 1, 1) / 3
    patch_grids = np.asarray(patch_grid(images, masks, picks))
    np.testing.assert_allclose(patch_grids, np.broadcast_to(colours, patch_grids.shape), rtol=0, atol=1e-5)


def test_no_gradient() -> None:
    images, masks, picks = (tf.constant(part) for part in sample(2, 32))
    with tf.GradientTape() as tape:
        tape.watch([images, masks])
        total = tf.reduce_sum(patch_grid(images, masks, picks))
    assert tape.gradient(total, [images, masks]) == [None, None]


def test_in_a_graph_for_any_batch() -> None:
    traced = tf.function(
        patch_grid,
        input_signature=[
            tf.TensorSpec((None, 32, 32, 3)), tf.TensorSpec((None, 32, 32, 1)), tf.TensorSpec((None, 36), tf.int32)
        ],
    )  # fmt: skip
    for batch in (1, 4):
        parts = sample(batch, 32)
        first, second = traced(*parts), traced(*parts)
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, patch_grid(*parts), rtol=0, atol=1e-6)
    assert traced.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"working_size": 14}, r"working_size: expected at least patch_size \(15\), got 14"),
        ({"working_size": 20, "best": 37}, r"best: expected at most 36, the positions of a patch of 15×15 in 20×20"),
        ({"grid": 0}, r"at least 1, got 128, 15, 100 and 0"),
        ({"grid": 5}, r"picks: expected \[B, 25\], one for each place of the grid, got \(2, 36\)"),
    ],
)
def test_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        patch_grid(*sample(2, 32), **settings)


def test_settings_are_checked_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="best: expected at most 1, the positions"):
        PatchGridConfig(working_size=15, best=2)
    with pytest.raises(ValueError, match=r"known H and W"):
        tf.function(patch_grid).get_concrete_function(
            tf.TensorSpec((1, 32, None, 3)), tf.TensorSpec((1, 32, None, 1)), tf.TensorSpec((1, 36), tf.int32)
        )
