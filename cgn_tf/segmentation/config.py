"""The configuration of `tools/segment.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.weights.masker_options import MaskerOptions

MUTABLE = frozenset({"batch_size", "sheet_rows", "bad_images"})
"""What may change between two processes that make the masks of one directory."""
SOFT = -1.0
"""The threshold of masks that keep their values."""


@dataclass(frozen=True, kw_only=True)
class SegmentConfig(MaskerOptions):
    """Whose masks to make, and how."""

    images: str = path_option(
        "",
        "A photograph, or a directory of them, in folders or not: JPEG, PNG, WebP, GIF, BMP or TIFF of any size. "
        "Required.",
        PathUse.READ,
    )
    output_dir: str = path_option(
        "",
        "Directory of masks and cut-outs: new, empty, or one that the same options have begun. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    threshold: float = option(
        SOFT,
        "Value of 0..1 from which on a pixel belongs to the object, so that masks are black and white; -1: masks keep "
        "their values, and boxes and warnings go by 0.5.",
        minimum=SOFT,
        maximum=1.0,
    )
    rescale: bool = option(
        False,
        "Stretch the values of each mask to the whole of 0..1, as rembg does: weak masks become clear, and where "
        "there is no object there is a mask, too.",
    )
    bad_images: str = option(
        "refuse",
        "Files that cannot be read as images: end with an error that names them (refuse), or skip them with a warning.",
        choices=("refuse", "skip"),
    )
    batch_size: int = option(4, "Photographs that the network sees at once.", minimum=1)
    sheet_rows: int = option(
        12, "Photographs on the contact sheet, spread evenly over all of them; 0: no sheet.", minimum=0, maximum=200
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, example in (
            ("images", "photos"), ("masker_weights", "u2netp.onnx"), ("output_dir", "runs/masks")
        ):  # fmt: skip
            if not getattr(self, name):
                raise ConfigError(f"`{name}`: expected a path, got none; for example `{name}={example}`.")
        if SOFT < self.threshold <= 0:
            raise ConfigError(
                f"`threshold`: expected a value above 0, or -1 for masks that keep theirs, got {self.threshold:g}."
            )

    @property
    def decides_at(self) -> float:
        """The value from which on a pixel belongs to the object: of boxes, and of what counts as found."""
        return 0.5 if self.threshold == SOFT else self.threshold
