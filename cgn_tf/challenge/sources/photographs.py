"""Photographs in folders of classes, with masks from a directory, their alpha channel, or U²-Net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from cgn_tf.challenge.config import ALPHA, BuildChallengeConfig
from cgn_tf.challenge.contract import Item, Subject
from cgn_tf.challenge.sources.listing import OWNER, list_images
from cgn_tf.challenge.sources.reading import read_all
from cgn_tf.datasets.images.square import square
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree, contents
from cgn_tf.files.image_file import FORMATS, decode_in_thread, decode_with_alpha

_NAMED = 3


class Photographs:
    """The photographs of `images`, each as the square in its middle.

    Raises:
        CommandError: no images or classes, a mask that is missing, or no or wrong weights.
    """

    owner = OWNER

    def __init__(self, config: BuildChallengeConfig) -> None:
        self._config = config
        self._listed = list_images(config)
        self.class_names, self.items = self._listed.class_names, self._listed.items
        self._read = {ALPHA: self._with_alpha}.get(config.masks, self._with_file if config.masks else self._segmented)
        names = tuple(item.file for item in self._listed.items)
        trees: dict[str, Sequence[Path] | FileTree] = {"images": FileTree(self._listed.root, names, False)}
        if config.masks and config.masks != ALPHA:
            masks = tuple(map(_mask_name, names))
            _check_masks(Path(config.masks), masks)
            trees["masks"] = FileTree(Path(config.masks), masks)
        elif not config.masks:
            from cgn_tf.checkpoints.pretrained import weight_files  # both of which need Keras
            from cgn_tf.segmentation.segmenter import Segmenter

            self._segmenter = Segmenter(
                config.masker_weights,
                masker_size=config.masker_size,
                masker_normalisation=config.masker_normalisation,
                masker_align_corners=config.masker_align_corners,
                batch_size=min(config.batch_size, 4),
            )
            trees["masker_weights"] = weight_files(config.masker_weights)
        self._contents = contents(trees)

    @property
    def described(self) -> Mapping[str, Any]:
        """Digests of images, masks and weights."""
        return self._contents

    def load(self, items: Sequence[Item]) -> list[Subject | str]:
        """See `Source.load`."""
        return self._read(items)

    def _paths(self, items: Sequence[Item]) -> list[Path]:
        return [self._listed.root / item.file for item in items]

    def _photographs(self, items: Sequence[Item]) -> list[np.ndarray | str]:
        return read_all(self._paths(items), lambda data: decode_in_thread(data, *FORMATS), self._config.bad_images)

    def _subject(self, photograph: np.ndarray, mask: np.ndarray) -> Subject:
        """Of uint8 [H, W, 3] and uint8 [H, W]."""
        size = self._config.size
        small = square(np.repeat(mask[..., None], 3, axis=-1), size, "crop", ())[..., 0]
        return Subject(square(photograph, size, "crop", ()), small / np.float32(255.0))

    def _with_alpha(self, items: Sequence[Item]) -> list[Subject | str]:
        found = read_all(self._paths(items), lambda data: decode_with_alpha(data, *FORMATS), self._config.bad_images)
        return [one if isinstance(one, str) else self._of_alpha(one) for one in found]

    def _of_alpha(self, image: np.ndarray) -> Subject | str:
        hidden = image[image[..., 3] == 0][:, :3]
        if len(hidden) and (hidden == hidden[0]).all():
            return "a cut-out, with one colour under all that is transparent; with `backgrounds` it gets a background"
        return self._subject(image[..., :3], image[..., 3])

    def _with_file(self, items: Sequence[Item]) -> list[Subject | str]:
        masks = [Path(self._config.masks) / _mask_name(item.file) for item in items]
        read = read_all(masks, lambda data: decode_in_thread(data, "PNG")[..., 0], "refuse")
        found: list[Subject | str] = []
        for item, path, photograph, mask in zip(items, masks, self._photographs(items), read, strict=True):
            if isinstance(photograph, str) or isinstance(mask, str):
                found.append(str(photograph))
                continue
            if mask.shape != photograph.shape[:2]:
                raise CommandError(
                    f"{path}: expected a mask as large as {item.file}, {photograph.shape[1]}×{photograph.shape[0]}, "
                    f"got {mask.shape[1]}×{mask.shape[0]}; give the masks of these images."
                )
            found.append(self._subject(photograph, mask))
        return found

    def _segmented(self, items: Sequence[Item]) -> list[Subject | str]:
        photographs = self._photographs(items)
        read = [one for one in photographs if not isinstance(one, str)]
        masks = iter(self._segmenter.masks(read))
        return [
            one if isinstance(one, str) else self._subject(one, np.rint(next(masks) * 255.0).astype(np.uint8))
            for one in photographs
        ]


def _mask_name(file: str) -> str:
    """Path of the mask of an image, relative to the directory of masks."""
    return str(PurePosixPath(file).with_suffix(".png"))


def _check_masks(root: Path, names: Sequence[str]) -> None:
    """Holds every mask to be there."""
    if not root.is_dir():
        raise CommandError(f"{root}: expected a directory of masks, got {'a file' if root.exists() else 'nothing'}.")
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        raise CommandError(
            f"{root}: expected a mask for each of {len(names):,} images, got none at "
            f"{', '.join(missing[:_NAMED])}{more}; give masks of the same names, grey PNGs."
        )
