"""The configuration of `tools/build_challenge.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.challenge.contract import MIXED
from cgn_tf.challenge.inpainting.contract import Inpainter
from cgn_tf.challenge.inpainting.registry import INPAINTERS
from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import option, path_option
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.options.paths import PathUse
from cgn_tf.options.registry import Choices
from cgn_tf.options.seeds import seed_option
from cgn_tf.weights.masker_options import MaskerOptions

ALPHA, NONE, ALL = "alpha", "none", "all"
MUTABLE = frozenset({"model", "sheet_rows", "bad_images"})
"""What may change between two processes that build one challenge; the model's weights may not."""


@dataclass(frozen=True, kw_only=True)
class BuildChallengeConfig(MaskerOptions):
    """Whose images the challenge is of, where their masks come from, and how it is made."""

    output_dir: str = path_option(
        "",
        "Directory of the challenge: new, empty, or one that the same options have begun. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    images: str = path_option(
        "",
        "Directory of photographs with a folder for each class, or with folders train, validation and test of such. "
        "This or `model` is required.",
        PathUse.READ,
    )
    masks: str = path_option(
        "",
        "Directory of masks, grey PNGs of the same names and sizes as the photographs, white is the object; or alpha: "
        "each image's own alpha channel. This or `masker_weights` is required for `images`.",
        PathUse.READ,
        words=(ALPHA,),
    )
    backgrounds: str = path_option(
        "",
        "Directory of photographs without objects, on which the cut-outs of `images` (with `masks=alpha`) are placed: "
        "with a folder for each class of the objects, or of files alone, of which the first one in the order of names "
        "is the background of the first class, and so on.",
        PathUse.READ,
    )
    model: str = path_option(
        "",
        "Work directory or converted checkpoint of a CGN, in place of `images`: it makes images, masks and the "
        "backgrounds behind the objects.",
        PathUse.READ,
    )
    class_names: str = path_option(
        "", "Of a CGN: file of the names of its classes, see the generate command.", PathUse.READ
    )
    num_images: int = option(1_000, "Images of a CGN, as many of each class as of the others.", minimum=2)
    truncation: float = option(
        1.0, "Of a CGN: factor on the noise; below 1 images are more typical of their class.", above=0.0, maximum=2.0
    )
    classes: tuple[str, ...] = option((), "Classes of `images` that are used, comma separated; empty: all.")
    split: str = option(
        ALL,
        "Which images of `images` are used: all, or one split, by the folders train, validation and test or by "
        "`test_share`.",
        choices=(ALL, "train", "validation", "test"),
    )
    test_share: float = option(
        0.0,
        "Share of the images that are the split test, chosen by name as the train_classifier command chooses them, "
        "where `images` has no folder of that name.",
        minimum=0.0,
        maximum=0.5,
    )
    size: int = option(
        224,
        "Height and width in pixels: of each photograph the square in the middle is taken.",
        minimum=8,
        maximum=4096,
    )
    object_size: float = option(
        0.6, "With `backgrounds`: longer side of the cut-out, as a share of the image.", above=0.0, maximum=0.95
    )
    threshold: float = option(0.5, "Value of a mask from which on a pixel is the object's.", above=0.0, below=1.0)
    feather: float = option(
        1.0,
        "Width in pixels of the ramp from object to background at the edge of a photograph's mask, at least 1; within "
        "it, colours come from deeper inside, so that nothing of the old background is seen. 0: a hard edge, colours "
        "as they are.",
        minimum=0.0,
        maximum=50.0,
    )
    inpaint: str = option(
        "telea",
        "What fills the object's place for the mixed sets, where the background behind it is not known; none: the "
        "object's box is tiled with the background beside it, as in the paper and always in only_bg_t.",
        choices=Choices(INPAINTERS, NONE),
    )
    dilate: float = option(
        4.0,
        "Pixels around the object that are inpainted, too: its shadow and its blurred edge.",
        minimum=0.0,
        maximum=200.0,
    )
    min_object: float = option(
        0.01,
        "Share of the pixels that an object has at least; images with smaller ones are left out.",
        minimum=0.0,
        maximum=1.0,
    )
    max_object: float = option(
        0.8,
        "Share of the pixels that an object has at most; images with larger ones are left out.",
        above=0.0,
        maximum=1.0,
    )
    max_box: float = option(
        0.9,
        "Share of the pixels that the box around an object has at most, where the background behind it is not known.",
        above=0.0,
        below=1.0,
    )
    mixed_sets: tuple[str, ...] = option(MIXED, "Sets with backgrounds of other images that are made.", choices=MIXED)
    seed: int = seed_option(0, "Integer seed of which background which object gets, and of all draws.")
    bad_images: str = option(
        "refuse",
        "Files that cannot be read as images: end with an error that names one (refuse), or leave them out (skip).",
        choices=("refuse", "skip"),
    )
    batch_size: int = option(16, "Images that are loaded at once.", minimum=1)
    sheet_rows: int = option(12, "Images on the contact sheet; 0: no sheet.", minimum=0, maximum=100)
    inpaint_options: PartOptions = part_options(lambda: INPAINTERS.options)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.output_dir:
            raise ConfigError(
                "`output_dir`: expected the directory of the challenge, got none; for example "
                "`output_dir=runs/challenge`."
            )
        if bool(self.images) == bool(self.model):
            raise ConfigError(
                f"`images` or `model`: expected one of them, got {'both' if self.images else 'none'}; give photographs "
                "with `images=photos`, or a CGN with `model=runs/cgn`."
            )
        self._check_masks()
        if len(set(self.mixed_sets)) != len(self.mixed_sets):
            raise ConfigError(f"`mixed_sets`: expected each once, got {','.join(self.mixed_sets)}.")
        if 0 < self.feather < 1:
            raise ConfigError(f"`feather`: expected 0, or at least 1 pixel, got {self.feather:g}.")
        if self.min_object > self.max_object:
            raise ConfigError(
                f"`min_object`: expected at most `max_object={self.max_object:g}`, got {self.min_object:g}."
            )
        read = [] if self.inpaint == NONE else [INPAINTERS[self.inpaint].options]
        object.__setattr__(self, "inpaint_options", self.inpaint_options.only(read, "`inpaint`"))

    def _check_masks(self) -> None:
        """Holds masks to come from one place, and the options of one source not to be given for another."""
        if self.model:
            for name in ("masks", "masker_weights", "backgrounds", "classes"):
                if getattr(self, name):
                    raise ConfigError(f"`{name}` contradicts `model`: a CGN makes masks and backgrounds of its own.")
            return
        if bool(self.masks) == bool(self.masker_weights):
            raise ConfigError(
                "`masks` or `masker_weights`: expected one of them, got "
                f"{'both' if self.masks else 'none'}; give the directory of the masks, `masks=alpha` for the images' "
                "own alpha channels, or U²-Net's weights, which finds objects."
            )
        if self.backgrounds and self.masks != ALPHA:
            raise ConfigError(
                "`backgrounds`: expected cut-outs, which have `masks=alpha`, got photographs with "
                f"{'masks' if self.masks else 'a masker'}; leave one out."
            )

    @property
    def inpainter(self) -> Inpainter | None:
        """What `inpaint` names; None where the box is to be tiled."""
        if self.inpaint == NONE:
            return None
        part = INPAINTERS[self.inpaint]
        return part.make(self.inpaint_options.of(part.options))
