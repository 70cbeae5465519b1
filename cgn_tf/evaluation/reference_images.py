"""The real images that generated ones are compared with: of a directory, or of a data set."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cgn_tf.classifiers.predictions import decoded_batches
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.image_names import image_names
from cgn_tf.evaluation.report_options import IMAGE_SEED
from cgn_tf.files.contents import FileTree, digest_of
from cgn_tf.ops.clipping import as_uint8

_READ_AT_ONCE = 500

Prepare = Callable[[np.ndarray], np.ndarray]
"""uint8 [..., H, W, 3] → float32 [..., S, S, 3]: `ScoringNetwork.prepare`."""


@dataclass(frozen=True)
class ReferenceImages:
    """Real images in a fixed order.

    Attributes:
        about: what they are, in words.
        sha256: of what they are: of the files and their names, or of the pixels.
        count: N.
        read: start, stop and a `Prepare` → prepared images, float32 [stop − start, S, S, 3].
    """

    about: str
    sha256: str
    count: int
    read: Callable[[int, int, Prepare], np.ndarray]


@dataclass(frozen=True)
class Crops:
    """Random squares out of each image, for textures of which a generator draws parts.

    Attributes:
        count: of each image; 0: whole images.
        size: their sides in pixels.
        resized: sides to which an image is brought first, taking the nearest pixel as the digit data sets do; 0: left
            as it is.
    """

    count: int = 0
    size: int = 0
    resized: int = 0

    def of(self, image: np.ndarray) -> np.ndarray:
        """uint8 [H, W, 3] → uint8 [count, size, size, 3]; which squares follows from the pixels of the image alone."""
        if self.resized:
            image = np.asarray(Image.fromarray(image).resize((self.resized, self.resized), Image.Resampling.NEAREST))
        if min(image.shape[:2]) < self.size:
            raise CommandError(
                f"expected images of at least {self.size} pixels to cut crops from, got {image.shape[1]}×"
                f"{image.shape[0]}; set `factor_size={self.size}` or more."
            )
        random = np.random.default_rng(zlib.crc32(image.tobytes()))
        corners = random.integers(0, np.array(image.shape[:2]) - self.size + 1, size=(self.count, 2))
        return np.stack([image[y : y + self.size, x : x + self.size] for y, x in corners])

    def __str__(self) -> str:
        """In words, empty for whole images."""
        resized = f", brought to {self.resized}×{self.resized}" if self.resized else ""
        return f", {self.count} random crops of {self.size} pixels of each{resized}" if self.count else ""


def folder_images(option: str, directory: str, limit: int = 0, crops: Crops | None = None) -> ReferenceImages:
    """The images of a directory; see `image_names`.

    Args:
        option: the name of the option that chooses the directory, for errors.
        directory: of image files.
        limit: at most so many images, evenly spaced; 0: all.
        crops: parts of the images in place of the whole ones.

    Raises:
        CommandError: no directory, one without images, or one that cannot be read; `read` raises it for a file that is
            no image.
    """
    root, cut = Path(directory), crops or Crops()
    names = image_names(root, option)
    names = [names[i] for i in _evenly(len(names), limit)]
    each = max(1, cut.count)

    def read(start: int, stop: int, prepare: Prepare) -> np.ndarray:
        first, last = start // each, -(-stop // each)
        whole = prepare if not cut.count else (lambda image: prepare(cut.of(image)))
        files = [root / name for name in names[first:last]]
        images = np.concatenate(list(decoded_batches(files, whole, _READ_AT_ONCE)))
        if cut.count:
            images = images.reshape(-1, *images.shape[2:])
        return images[start - first * each : stop - first * each]

    digest = digest_of(option, FileTree(root, names))
    return ReferenceImages(f"{len(names):,} images of {directory}{cut}", digest, len(names) * each, read)


def dataset_images(data: DataConfig, split: str, limit: int = 0) -> ReferenceImages:
    """The images of a split of a data set.

    Args:
        data: the data set.
        split: its name.
        limit: see `folder_images`.

    Raises:
        CommandError: the data cannot be had.
    """
    opened = data.open(split, IMAGE_SEED)
    chosen, kept, seen = _evenly(len(opened), limit), [], 0
    for batch in opened.ordered(_READ_AT_ONCE):
        pixels = np.asarray(as_uint8(batch.image))
        kept.append(pixels[chosen[(chosen >= seen) & (chosen < seen + len(pixels))] - seen])
        seen += len(pixels)
    images = np.concatenate(kept)
    independent = data.part.independent_factors and split != "train"
    labels = ", whose textures and backgrounds are independent of the shape" if independent else ""
    return ReferenceImages(
        f"{len(images):,} images of the {split} split of {data.dataset}{labels}",
        hashlib.sha256(images.tobytes()).hexdigest(),
        len(images),
        lambda start, stop, prepare: prepare(images[start:stop]),
    )


def _evenly(count: int, limit: int) -> np.ndarray:
    """Ascending indices below `count`: `limit` of them, or all."""
    number = min(limit or count, count)
    return np.arange(number) * count // max(1, number)
