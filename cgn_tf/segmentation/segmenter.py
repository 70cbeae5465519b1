"""Masks of photographs of any size by U²-Net."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops
from PIL import Image

from cgn_tf.checkpoints.pretrained import masker_of
from cgn_tf.models.folding import for_inference
from cgn_tf.weights.masker_options import SOURCE, MaskerOptions

_FLAT = 1e-6
"""Range of a mask below which there is nothing to stretch."""


class Segmenter:
    """Finds the salient object of photographs.

    Args:
        masker_weights: `u2net.onnx`, `u2netp.onnx`, `u2net.pth`, `u2netp.pth`, or a directory that the convert command
            wrote.
        masker_size: pixels of the network's square input; 0: what is right for the weights, -1: each photograph's own
            height and width, which takes memory in proportion.
        masker_normalisation: "raw", "imagenet", or "source": what is right for the weights.
        masker_align_corners: "true", "false" or "source".
        rescale: whether the values of each mask are stretched to the whole of 0..1, as rembg does. Then there is a mask
            even where there is no object.
        batch_size: photographs that the network sees at once.

    Raises:
        CommandError: the weights cannot be had or are of another network.
        ConfigError: an option that cannot be.

    Example:
        >>> mask, = Segmenter("u2netp.onnx").masks([photograph])
    """

    def __init__(
        self,
        masker_weights: str,
        *,
        masker_size: int = 0,
        masker_normalisation: str = SOURCE,
        masker_align_corners: str = SOURCE,
        rescale: bool = False,
        batch_size: int = 4,
    ) -> None:
        options = MaskerOptions(masker_weights, masker_size, masker_normalisation, masker_align_corners)
        self.network = for_inference(masker_of(options))
        self.rescale = rescale
        self.batch_size = batch_size

    def masks(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The mask of each photograph, what the network gives for it alone.

        Photographs are resized to the network's input, and masks back, bilinearly, averaging where something becomes
        smaller.

        Args:
            images: uint8 [H, W, 3] each, of any sizes.

        Returns:
            float32 [H, W] in [0, 1] for each: 1 is the object.

        Raises:
            ValueError: an array of another type or shape.
        """
        for image in images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
                raise ValueError(f"images: expected uint8 [H, W, 3], got {image.dtype} {image.shape}.")
        size = self.network.input_size
        together = self.batch_size if size else 1
        found: list[np.ndarray] = []
        for start in range(0, len(images), together):
            chunk = images[start : start + together]
            inputs = np.stack([_resized(image, *((size, size) if size else image.shape[:2])) for image in chunk])
            maps = ops.convert_to_numpy(self.network(inputs / np.float32(127.5) - np.float32(1.0)))
            found += [self._mask(one, image) for one, image in zip(maps, chunk, strict=True)]
        return found

    def _mask(self, saliency: np.ndarray, image: np.ndarray) -> np.ndarray:
        """The network's answer, [h, w, 1], as the mask of an image."""
        saliency = np.asarray(saliency, np.float32)
        low, high = saliency.min(), saliency.max()
        if self.rescale and high - low > _FLAT:
            saliency = (saliency - low) / (high - low)
        mask: np.ndarray = np.clip(_resized(saliency, *image.shape[:2])[..., 0], 0.0, 1.0)
        return mask


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """[H, W, C] → float32 [height, width, C], without rounding to whole numbers, as `resize_antialiased`."""
    image = image.astype(np.float32)
    if image.shape[:2] == (height, width):
        return image
    channels = (Image.fromarray(image[..., c]) for c in range(image.shape[2]))
    return np.stack([np.asarray(one.resize((width, height), Image.Resampling.BILINEAR)) for one in channels], axis=-1)
