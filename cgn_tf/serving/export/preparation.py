"""How a served classifier brings an image to the size of its model: as the images that it learned from were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.ops.resize import resize_nearest

NEAREST = "nearest"
_SENTENCES = {
    NEAREST: "Images are resized to {} by taking the nearest pixel, as the training digits were:\n"
    "  fine strokes in large images are lost.",
    "crop": "Of an image the square in the middle is seen, as long as the short side, resized to {}: what lies\n"
    "  beside it is not.",
    "pad": "Images are seen whole, between bars of one colour, resized to {}.",
    "stretch": "Images are seen whole, resized to {} and so distorted where they are not square.",
}


class Preparation(NamedTuple):
    """From a decoded image to what the model sees.

    Attributes:
        fit: "nearest" for digits; "crop", "pad" or "stretch" for photographs: see `cgn_tf.datasets.images.square`.
        colour: behind transparent pixels, and of the bars: red, green, blue in 0 to 255.
    """

    fit: str = NEAREST
    colour: tuple[int, ...] = (0, 0, 0)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Preparation:
        """That of the data set that a run recorded; that of digits where it recorded none."""
        options = config.get("data", {}).get("dataset_options", {}).get("image", {})
        return cls(options["fit"], tuple(options["alpha_colour"])) if "fit" in options else cls()

    @property
    def of_digits(self) -> bool:
        """Whether it is that of digits, and not of photographs."""
        return self.fit == NEAREST

    def limit(self, size: str) -> str:
        """A sentence for the model card; `size` is "32×32"."""
        return _SENTENCES[self.fit].format(size)

    def __call__(self, image: Any, size: int) -> Any:
        """An image uint8 [H, W, 3] → uint8 [size, size, 3]; works in a graph.

        Photographs go through the filter that Pillow has for the training images, bicubic and without aliasing; the
        two differ by rounding.
        """
        if self.of_digits:
            return resize_nearest(image, size, axis=0)
        sides = tf.cast(tf.shape(image)[:2], tf.float32)
        scale, start, inner = self._placed(sides, size)
        resized = tf.raw_ops.ScaleAndTranslate(
            images=image[None], size=[size, size], scale=scale, translation=start, kernel_type="keyscubic",
            antialias=True,
        )[0]  # fmt: skip
        rounded = tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8)
        places = tf.range(size, dtype=tf.float32)
        rows, columns = ((places >= start[axis]) & (places < start[axis] + inner[axis]) for axis in (0, 1))
        within = rows[:, None, None] & columns[None, :, None]
        return tf.where(within, rounded, tf.constant(self.colour, tf.uint8))

    def _placed(self, sides: Any, size: int) -> tuple[Any, Any, Any]:
        """Where the image comes to lie in the square, rows and columns each: scale, first pixel, number of pixels."""
        if self.fit == "crop":
            scale = size / tf.reduce_min(sides)
            inner = sides * scale
            return tf.stack([scale, scale]), (size - inner) / 2, inner
        if self.fit == "stretch":
            inner = tf.fill([2], tf.constant(size, tf.float32))
        else:
            inner = tf.maximum(1.0, tf.round(size * sides / tf.reduce_max(sides)))
        return inner / sides, tf.floor((size - inner) / 2), inner


DIGITS = Preparation()
"""That of digits."""
