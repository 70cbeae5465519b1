"""The options that colored, double-colored and wildlife MNIST share."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse, is_missing


@dataclass(frozen=True)
class DigitOptions:
    """Where the digits and their textures come from."""

    digits: str = path_option(
        "tfds",
        "Digits: sklearn (bundled, no download), tfds (downloads MNIST), or a path of an .npz.",
        PathUse.READ,
        words=("sklearn", "tfds"),
    )
    textures: str = path_option(
        "tfds",
        "Textures of wildlife_mnist: procedural (no download), tfds (downloads DTD), or a directory.",
        PathUse.READ,
        words=("procedural", "tfds"),
    )
    data_dir: str = path_option("", "Where TFDS keeps its data; empty: its own default.", PathUse.READ)
    validation_size: int = option(
        0, "The last so many training digits are not trained on: they are there to make choices on.", minimum=0
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.digits.endswith(".npz") and is_missing(self.digits):
            raise ConfigError(f"`digits`: no file {self.digits}; give an .npz, tfds, or sklearn.")
