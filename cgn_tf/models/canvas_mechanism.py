"""A mechanism whose textures are windows of one learned picture a class."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.ops.shift import circular_shift

TURNS = 256.0
"""How often the window goes round its canvas for one unit of noise: a power of two, so that no rounding moves it."""


@keras.saving.register_keras_serializable("cgn_tf")
class CanvasMechanism(keras.Model):
    """Cuts a window out of a picture, the canvas, which depends on the label alone; noise says where.

    embedding → Dense → canvas [S, S, C], whose opposite edges meet → window → tanh. Not in the CGN paper: for data
    whose textures are crops of one photograph a class. A `ConvMechanism` has to draw each crop out of noise, and stays
    with grain and patches where the photograph has veins; here crops that overlap learn as one.

    Row and column of the window's corner are ⌊S·frac(256·z)⌋ of the first two values of the noise. That is uniform,
    however wide the noise is, and too fine for a shape mechanism that gets the same noise in training: otherwise shapes
    could come to depend on the window, as circular shifts keep those of the paper from doing.

    (e + 1)·C·S² trainable parameters with e values in an embedding, 304,128 with 10 and the defaults.

    Args:
        image_size: height and width of the window.
        canvas_size: S, height and width of the canvas.
        output_channels: C.

    Raises:
        ValueError: a canvas that is smaller than the window, or noise of less than two values.
    """

    def __init__(self, image_size: int = 32, canvas_size: int = 96, output_channels: int = 3, **kwargs: Any) -> None:
        if canvas_size < image_size:
            raise ValueError(f"canvas_size: expected at least the {image_size} pixels of an image, got {canvas_size}.")
        # without autocast: in half precision the noise would name few places
        super().__init__(**{**kwargs, "autocast": False})
        self.image_size = image_size
        self.canvas_size = canvas_size
        self.output_channels = output_channels
        self.canvas = keras.layers.Dense(
            canvas_size**2 * output_channels,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
            name="canvas",
        )

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        if noise_shape[-1] < 2:
            raise ValueError(
                f"noise: expected at least 2 values, for row and column of a window, got {noise_shape[-1]}."
            )
        self.canvas.build((None, condition_shape[-1]))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → [B, H, W, output_channels] in (-1, 1); in training the same."""
        size = self.canvas_size
        turns = TURNS * ops.cast(noise[:, :2], "float32")
        corner = ops.floor(size * (turns - ops.floor(turns)))
        canvas = ops.reshape(self.canvas(condition), (-1, size, size, self.output_channels))
        return ops.tanh(circular_shift(canvas, corner, self.image_size))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.image_size,
            "canvas_size": self.canvas_size,
            "output_channels": self.output_channels,
        }
