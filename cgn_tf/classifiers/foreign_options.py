"""What somebody's own model expects of its input, and what it gives: it has to be told, because no file says it."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.classifiers.geometry import FILTERS, FITS, Geometry
from cgn_tf.classifiers.input_ranges import RANGES
from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option

UNSAID = "unsaid"
OUTPUTS = ("logits", "probabilities")


@dataclass(frozen=True)
class ForeignOptions:
    """Classifiers keras and saved_model: what the model expects and gives."""

    classifier_range: str = option(
        UNSAID,
        "How the model takes its pixels: RGB in [-1, 1] (minus_one_one), in [0, 1] (zero_one) or 0 to 255 (bytes), "
        "minus ImageNet's mean and divided by its deviation (imagenet), or BGR 0 to 255 minus the mean (caffe). "
        "Required.",
        choices=(*RANGES, UNSAID),
    )
    classifier_outputs: str = option(
        UNSAID, "What the model gives: logits, or probabilities (softmax). Required.", choices=(*OUTPUTS, UNSAID)
    )
    classifier_size: int = option(
        0, "Height and width in pixels of what the model sees; 0: the size that its file declares.", minimum=0
    )
    classifier_resized: int = option(
        0,
        "Side in pixels of the photograph of which `classifier_size` is cut out of the middle, 256 for 224 for "
        "example; 0: as large as `classifier_size`, without a margin.",
        minimum=0,
    )
    classifier_fit: str = option(
        "resize_then_crop",
        "How a photograph becomes a square: its short side is resized and the middle cut out (resize_then_crop), the "
        "other way round (crop_then_resize), or it is distorted (stretch).",
        choices=FITS,
    )
    classifier_interpolation: str = option("bilinear", "Filter of the resizing.", choices=tuple(FILTERS))

    def __post_init__(self) -> None:
        check_options(self)

    def check_said(self, kind: str) -> None:
        """Holds what cannot be known from a file to be said.

        Raises:
            ConfigError: it is not.
        """
        for name, choices in (("classifier_range", tuple(RANGES)), ("classifier_outputs", OUTPUTS)):
            if getattr(self, name) == UNSAID:
                raise ConfigError(
                    f"`{name}`: `classifier={kind}` expects one of {', '.join(choices)}, got none; the model's "
                    "training code says which."
                )

    def geometry(self, declared: int | None, what: str) -> Geometry:
        """The square that the model sees.

        Args:
            declared: height and width in pixels that its file states; None: it states none.
            what: the model, for errors.

        Raises:
            ConfigError: no size is known, it is another one than the file's, or larger than `classifier_resized`.
        """
        size = self.classifier_size or declared
        if size is None:
            raise ConfigError(f"`classifier_size`: {what} takes images of any size; give the one of its training.")
        if declared is not None and size != declared:
            raise ConfigError(f"`classifier_size`: {what} takes images of {declared} pixels, got {size}.")
        resized = self.classifier_resized or size
        if resized < size:
            raise ConfigError(f"`classifier_resized`: expected at least {size}, the size of the square, got {resized}.")
        return Geometry(size, resized, self.classifier_fit, self.classifier_interpolation)
