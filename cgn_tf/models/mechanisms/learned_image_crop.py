"""A mechanism whose textures are windows of one learned picture a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from cgn_tf.models.contract import MechanismPart, MechanismRequest
from cgn_tf.models.mechanisms.embedded_mechanism import EmbeddedMechanism
from cgn_tf.ops.shift import circular_shift
from cgn_tf.options.declaration import check_options, option

TURNS = 256.0
"""How often the window goes round its canvas for one unit of noise: a power of two, so that no rounding moves it."""
MINIMUM_NOISE_DIM = 2
"""Row and column of a window are one value of the noise each."""


@keras.saving.register_keras_serializable("cgn_tf")
class LearnedImageCropMechanism(EmbeddedMechanism):
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
        learned_image_size: S, height and width of the canvas.
        output_channels: C.

    Raises:
        ValueError: a canvas that is smaller than the window, or noise of less than two values.
    """

    def __init__(
        self, image_size: int = 32, learned_image_size: int = 96, output_channels: int = 3, **kwargs: Any
    ) -> None:
        if learned_image_size < image_size:
            raise ValueError(
                f"learned_image_size: expected at least the {image_size} pixels of an image, got {learned_image_size}."
            )
        # without autocast: in half precision the noise would name few places
        super().__init__(**{**kwargs, "autocast": False})
        self.image_size = image_size
        self.learned_image_size = learned_image_size
        self.output_channels = output_channels
        self.canvas = keras.layers.Dense(
            learned_image_size**2 * output_channels,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
            name="canvas",
        )

    def build(self, noise_shape: Any, condition_shape: Any) -> None:
        """Creates every variable, without a call."""
        if noise_shape[-1] < MINIMUM_NOISE_DIM:
            raise ValueError(
                f"noise: expected at least 2 values, for row and column of a window, got {noise_shape[-1]}."
            )
        self.canvas.build((None, condition_shape[-1]))
        self.built = True

    def call(self, noise: Any, condition: Any, training: bool = False) -> Any:
        """Noise [B, d] and embedded labels [B, e] → [B, H, W, output_channels] in (-1, 1); in training the same."""
        size = self.learned_image_size
        turns = TURNS * ops.cast(noise[:, :2], "float32")
        corner = ops.floor(size * (turns - ops.floor(turns)))
        canvas = ops.reshape(self.canvas(condition), (-1, size, size, self.output_channels))
        return ops.tanh(circular_shift(canvas, corner, self.image_size))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.image_size,
            "learned_image_size": self.learned_image_size,
            "output_channels": self.output_channels,
        }


@dataclass(frozen=True)
class LearnedImageCropOptions:
    """Mechanism learned_image_crop: a window of a learned picture of the class."""

    learned_image_size: int = option(
        96, "Height and width of the pictures of learned_image_crop; at least those of an image.", minimum=32
    )

    def __post_init__(self) -> None:
        check_options(self)


def _make(options: LearnedImageCropOptions, request: MechanismRequest) -> LearnedImageCropMechanism:
    return LearnedImageCropMechanism(request.image_size or 32, options.learned_image_size, name=request.factor)


LEARNED_IMAGE_CROP = MechanismPart(
    "learned_image_crop",
    "A window of a learned picture of the class, for crops of photographs.",
    LearnedImageCropOptions,
    _make,
    draws_whole_images=False,
    minimum_noise_dim=MINIMUM_NOISE_DIM,
)
