"""Masks of photographs of any size, by networks with seeded weights and by one that was trained."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.segmentation.segmenter import Segmenter
from tests.goldens.recipe import u2net_state
from tests.weights.onnx_files import u2net_model

SIZES = ((40, 25), (33, 90), (16, 16), (32, 32), (1, 3))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "u2netp.onnx"
    path.write_bytes(u2net_model(u2net_state("u2netp")).SerializeToString())
    return str(path)


@pytest.fixture(scope="module")
def photographs() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(256, size=(*size, 3), dtype=np.uint8) for size in SIZES]


@pytest.fixture(scope="module")
def segmenter(weights: str) -> Segmenter:
    """Not to be changed."""
    return Segmenter(weights, masker_size=32, batch_size=2)


@pytest.mark.parametrize("own_size", [False, True])
def test_a_mask_is_what_the_network_gives_for_the_photograph_alone(
    own_size: bool, weights: str, segmenter: Segmenter, photographs: list[np.ndarray]
) -> None:
    if own_size:
        segmenter = Segmenter(weights, masker_size=-1)
    assert segmenter.network.input_size == (None if own_size else 32)
    masks = segmenter.masks(photographs)
    assert len(masks) == len(photographs)
    for mask, photograph in zip(masks, photographs, strict=True):
        assert (mask.dtype, mask.shape) == (np.float32, photograph.shape[:2])
        alone = segmenter.network(photograph[None] / np.float32(127.5) - np.float32(1.0))
        np.testing.assert_allclose(mask, np.asarray(alone)[0, ..., 0], rtol=0, atol=1e-4)
    assert np.std(masks[1]) > 1e-3
    assert segmenter.masks([]) == []


def test_rescaled_masks_reach_both_ends(segmenter: Segmenter, photographs: list[np.ndarray]) -> None:
    rescaling = copy.copy(segmenter)
    rescaling.rescale = True
    (plain,), (rescaled,) = (one.masks(photographs[3:4]) for one in (segmenter, rescaling))
    assert (rescaled.min(), rescaled.max()) == (0.0, 1.0)
    np.testing.assert_allclose(rescaled, (plain - plain.min()) / (plain.max() - plain.min()), rtol=0, atol=1e-4)


def test_a_flat_mask_is_not_rescaled(segmenter: Segmenter) -> None:
    class Flat:
        input_size = 16

        def __call__(self, images: np.ndarray) -> np.ndarray:
            assert images.shape == (1, 16, 16, 3)
            return np.full((1, 16, 16, 1), 0.05, np.float32)

    rescaling = copy.copy(segmenter)
    rescaling.rescale, rescaling.network = True, Flat()
    (mask,) = rescaling.masks([np.zeros((5, 4, 3), np.uint8)])
    np.testing.assert_allclose(mask, np.full((5, 4), 0.05), rtol=1e-5)


def test_what_cannot_be_is_refused(weights: str, segmenter: Segmenter) -> None:
    with pytest.raises(CommandError, match="expected the weights of U²-Net, got no such file"):
        Segmenter("nowhere.onnx")
    with pytest.raises(ConfigError, match="`masker_normalisation`: expected one of source, raw, imagenet"):
        Segmenter(weights, masker_normalisation="caffe")
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"expected uint8 \[H, W, 3\], got"):
            segmenter.masks([wrong])


def composite(stamp: Path, texture: Path) -> tuple[np.ndarray, np.ndarray]:
    """A stamp in the middle of a texture, uint8 [256, 256, 3], and where it is, bool [256, 256]."""
    with Image.open(texture) as opened:
        background = opened.convert("RGBA").resize((256, 256), Image.Resampling.BICUBIC)
    placed = Image.new("RGBA", (256, 256))
    with Image.open(stamp) as opened:
        placed.paste(opened.convert("RGBA"), ((256 - opened.width) // 2, (256 - opened.height) // 2))
    whole = Image.alpha_composite(background, placed).convert("RGB")
    return np.asarray(whole), np.asarray(placed)[..., 3] > 127


@pytest.mark.slow
def test_objects_on_textures_are_found(shared: Path) -> None:
    stamps, textures = (sorted((shared / "data" / name).rglob(kind)) for name, kind in (
        ("stamps", "*.png"), ("textures/background", "*.jpg")
    ))  # fmt: skip
    chosen = [stamps[i] for i in np.linspace(0, len(stamps) - 1, 36).round().astype(int)]
    made = [composite(stamp, textures[i % len(textures)]) for i, stamp in enumerate(chosen)]
    found = Segmenter(str(shared / "weights" / "u2netp.onnx")).masks([image for image, _ in made])
    ious = [
        np.sum((mask >= 0.5) & truth) / np.sum((mask >= 0.5) | truth)
        for mask, (_, truth) in zip(found, made, strict=True)
    ]
    print(f"U²-NetP: IoU on {len(ious)} composites, mean {np.mean(ious):.3f}, median {np.median(ious):.3f}")
    assert len(ious) == 36
    assert np.mean(ious) >= 0.88
