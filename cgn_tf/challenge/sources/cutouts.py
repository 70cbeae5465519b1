"""Cut-outs, objects with an alpha channel, placed on backgrounds: all parts of such an image are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cgn_tf.challenge.boxes import Box
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import Item, Subject
from cgn_tf.challenge.matting import on_background, on_black
from cgn_tf.challenge.mixing import draw
from cgn_tf.challenge.sources.listing import OWNER, list_images
from cgn_tf.challenge.sources.reading import read_all
from cgn_tf.datasets.images.folder_listing import files_below
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree, contents
from cgn_tf.files.image_file import FORMATS, ImageFileError, decode_in_thread, decode_with_alpha, ignoring_exif_warnings

WINDOW = 0.7
"""Side of the window of a background that an image shows, as a share of the background's shorter side."""


class Cutouts:
    """The cut-outs of `images` on those of `backgrounds` that belong to their class.

    An object is scaled until the longer side of its box is `object_size` of the image, and stands in the middle. Behind
    it is a square window of a background of its class; which background and where the window is, follows from the seed
    and the object's class and name.

    Raises:
        CommandError: no images or classes, or a class without background.
    """

    owner = OWNER

    def __init__(self, config: BuildChallengeConfig) -> None:
        self._config = config
        self._listed = list_images(config)
        self.class_names, self.items = self._listed.class_names, self._listed.items
        self._root = Path(config.backgrounds)
        self._behind = backgrounds_of(self._root, self._listed.class_names)
        backgrounds = sorted({name for names in self._behind.values() for name in names})
        self._contents = contents(
            {
                "images": FileTree(self._listed.root, tuple(item.file for item in self._listed.items), False),
                "backgrounds": FileTree(self._root, backgrounds),
            }
        )

    @property
    def described(self) -> Mapping[str, Any]:
        """Digests of cut-outs and backgrounds, and which background belongs to which class."""
        return {**self._contents, "background_files": {name: list(files) for name, files in self._behind.items()}}

    def load(self, items: Sequence[Item]) -> list[Subject | str]:
        """See `Source.load`."""
        paths = [self._listed.root / item.file for item in items]
        read = read_all(paths, lambda data: decode_with_alpha(data, *FORMATS), self._config.bad_images)
        return [
            cutout if isinstance(cutout, str) else self._placed(item, cutout)
            for item, cutout in zip(items, read, strict=True)
        ]

    def _placed(self, item: Item, cutout: np.ndarray) -> Subject | str:
        if not cutout[..., 3].any():
            return "no object: all of it is transparent"
        size = self._config.size
        placed = in_the_middle(cutout, size, self._config.object_size)
        background = self._window(item)
        colours, opacity = placed[..., :3], placed[..., 3]
        image = on_background(on_black(colours, opacity), opacity, background)
        return Subject(image, opacity / np.float32(255.0), background, colours)

    def _window(self, item: Item) -> np.ndarray:
        seed = self._config.seed
        names = self._behind[item.class_name]
        name = names[draw(len(names), seed, "background", item.key)]
        try:
            with ignoring_exif_warnings():
                image = decode_in_thread((self._root / name).read_bytes(), *FORMATS)
        except (OSError, ImageFileError) as error:
            raise CommandError(f"{self._root / name}: expected a background, got {error}; replace it.") from error
        height, width = image.shape[:2]
        side = max(1, int(WINDOW * min(height, width)))
        top = draw(height - side + 1, seed, "top", item.key)
        left = draw(width - side + 1, seed, "left", item.key)
        window = Image.fromarray(image[top : top + side, left : left + side])
        return np.asarray(window.resize((self._config.size,) * 2, Image.Resampling.BICUBIC))


def in_the_middle(cutout: np.ndarray, size: int, share: float) -> np.ndarray:
    """A cut-out, uint8 [H, W, 4], scaled and centred on nothing, uint8 [size, size, 4].

    Args:
        cutout: with something that is not transparent.
        size: height and width of the result.
        share: of `size`, which the longer side of the box around what is not transparent gets.
    """
    box = Box.around(cutout[..., 3] > 0)
    scale = share * size / max(box.bottom - box.top, box.right - box.left)
    height, width = (max(1, round(scale * side)) for side in (box.bottom - box.top, box.right - box.left))
    # Pillow weighs the colours of RGBA by their alpha: those under what is transparent do not count
    object_alone = Image.fromarray(cutout[box.slices]).resize((width, height), Image.Resampling.BICUBIC)
    placed = np.zeros((size, size, 4), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    placed[top : top + height, left : left + width] = np.asarray(object_alone)
    return placed


def backgrounds_of(root: Path, class_names: Sequence[str]) -> dict[str, list[str]]:
    """Class → files of its backgrounds, relative to `root`.

    A directory with folders has one for each class; of a directory of files alone each class has one file, in the order
    of names.

    Raises:
        CommandError: no directory, or a class without background.
    """
    if not root.is_dir():
        raise CommandError(
            f"{root}: expected a directory of backgrounds, got {'a file' if root.exists() else 'nothing'}."
        )
    files = sorted(files_below(root))
    if any("/" in name for name in files):
        found = {one: [name for name in files if name.startswith(f"{one}/")] for one in class_names}
    else:
        found = {one: files[i : i + 1] for i, one in enumerate(class_names)}
    without = [name for name, own in found.items() if not own]
    if without:
        raise CommandError(
            f"{root}: expected a background for each of {len(class_names)} classes, got none for {without[0]}; add a "
            "folder of that name, or, without folders, as many files as there are classes."
        )
    return found
