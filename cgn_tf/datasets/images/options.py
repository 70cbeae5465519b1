"""The options that folders of images and data sets of TensorFlow Datasets share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse

SIZES = (32, 64)
"""Heights and widths in pixels that images are brought to."""


@dataclass(frozen=True)
class ImageOptions:
    """Own images: `dataset=folder` and `dataset=tfds:NAME`."""

    data_dir: str = path_option(
        "",
        "folder: the directory with a folder of images for each class, or with train, validation and test that hold "
        "such folders. tfds: where TFDS keeps its data; empty: its own default.",
        PathUse.READ,
    )
    image_size: int = option(32, "Height and width in pixels that images are brought to: 32 or 64.", choices=SIZES)
    fit: str = option(
        "crop",
        "How an image becomes a square: its middle alone (crop), whole between bars of `alpha_colour` (pad), or "
        "distorted (stretch).",
        choices=("crop", "pad", "stretch"),
    )
    alpha_colour: tuple[int, ...] = option(
        (0, 0, 0), "Colour behind transparent pixels: red, green, blue.", minimum=0, maximum=255
    )
    bad_images: str = option(
        "refuse",
        "Files that cannot be read as images: end with an error that names them (refuse), or skip them with a warning.",
        choices=("refuse", "skip"),
    )
    validation_share: float = option(
        0.1, "Share of the images to make choices on, where the data have no such split.", minimum=0.0, maximum=0.5
    )
    test_share: float = option(
        0.1, "Share of the images to test on, where the data have no such split.", minimum=0.0, maximum=0.5
    )

    def __post_init__(self) -> None:
        check_options(self)
        if len(self.alpha_colour) != 3:
            raise ConfigError(
                f"`alpha_colour`: expected red,green,blue, 255,255,255 for example, got {len(self.alpha_colour)} "
                "numbers."
            )


def held_options(given: Collection[str]) -> tuple[str, ...]:
    """Names of the options that say which images belong to which split, and what the images look like.

    Args:
        given: the splits that the data have of their own, of which no share is taken: "validation", "test".
    """
    shares = (f"{split}_share" for split in ("validation", "test") if split not in given)
    return (*shares, "fit", "alpha_colour")
