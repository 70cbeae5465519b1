"""Twenty textures for Wildlife MNIST: ten for the strokes, ten for the backgrounds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image

from cgn_tf.datasets.digits.procedural_textures import stripes, veins
from cgn_tf.datasets.digits.sources import NUM_CLASSES
from cgn_tf.datasets.tfds_source import prepared_builder
from cgn_tf.errors import CommandError
from cgn_tf.files.image_file import ImageFileError, decode_image, read_image
from cgn_tf.files.listing import names_in

PADDING = 3
TEXTURE_SIZE = 150 + 2 * PADDING

# The images of the Describable Textures Dataset that stand for classes 0..9 in the PyTorch reference.
DTD_FOREGROUND = tuple(
    f"striped/striped_{number}.jpg"
    for number in ("0001", "0091", "0008", "0043", "0092", "0028", "0097", "0004", "0125", "0033")
)
DTD_BACKGROUND = tuple(
    f"veined/veined_{number}.jpg"
    for number in ("0066", "0067", "0073", "0180", "0131", "0157", "0158", "0104", "0188", "0189")
)


class Textures(NamedTuple):
    """One texture a class, RGB uint8 [10, 156, 156, 3], for strokes (`foreground`) and for backgrounds."""

    foreground: np.ndarray
    background: np.ndarray


def load_textures(source: str, data_dir: str | None = None) -> Textures:
    """Loads the textures, resized to 150×150 (nearest) and padded by 3 pixels (reflected).

    Args:
        source: "procedural" (stripes and veins, always the same, no download), "tfds" (downloads DTD; the twenty images
            of the PyTorch reference), or a directory that holds `object/` (strokes) and `background/`, each with one
            `N_*.jpg` for every class N in 0..9; they are turned as EXIF says.
        data_dir: where TFDS keeps its data; None or empty: its own default.

    Raises:
        CommandError: an unknown source, a class without a texture or with two, a file that is no whole JPEG, or a
            download that failed.
    """
    if source == "procedural":
        foreground: list[np.ndarray] = [stripes(label) for label in range(NUM_CLASSES)]
        background: list[np.ndarray] = [veins(label) for label in range(NUM_CLASSES)]
    elif source == "tfds":
        foreground, background = _dtd_textures(data_dir)
    elif files := texture_files(source):
        images = list(map(_read, files))
        foreground, background = images[:NUM_CLASSES], images[NUM_CLASSES:]
    else:
        raise CommandError(f"textures: expected procedural, tfds, or a directory, got {source!r}.")
    frame = ((0, 0), (PADDING, PADDING), (PADDING, PADDING), (0, 0))
    return Textures(*(np.pad(np.stack(images), frame, mode="reflect") for images in (foreground, background)))


def texture_files(source: str) -> list[Path]:
    """The files of the user that a source of `load_textures` reads: for strokes by class, then for backgrounds.

    Of "procedural" and "tfds", and of what is no directory, there are none.

    Raises:
        CommandError: a class without a texture or with two.
    """
    if source in ("", "procedural", "tfds") or not Path(source).is_dir():
        return []
    return [path for folder in ("object", "background") for path in _one_per_class(Path(source) / folder)]


def _read(path: Path) -> np.ndarray:
    with _naming(path):
        return _sized(read_image(path, "JPEG"))


def _one_per_class(directory: Path) -> list[Path]:
    """The paths of `N_*.jpg` for N = 0..9."""
    if not directory.is_dir():
        raise CommandError(f"textures: no directory {directory}; expected object/ and background/ in it.")
    names = names_in(directory)
    paths = []
    for label in range(NUM_CLASSES):
        found = [name for name in names if name.startswith(f"{label}_") and name.endswith(".jpg")]
        if len(found) != 1:
            got = ", ".join(found) or "none"
            raise CommandError(f"textures: {directory}: expected one file {label}_*.jpg for this class, got {got}.")
        paths.append(directory / found[0])
    return paths


def _sized(image: np.ndarray) -> np.ndarray:
    """RGB uint8 [H, W, 3] → [150, 150, 3].

    Pillow's nearest, which the reference uses, matches pixel centres; the digits are resized by another rule.
    """
    size = TEXTURE_SIZE - 2 * PADDING
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.NEAREST))


@contextlib.contextmanager
def _naming(name: object) -> Iterator[None]:
    """An image that cannot be read in the block is answered with the name of its file."""
    try:
        yield
    except ImageFileError as error:
        raise CommandError(f"textures: {name}: expected a JPEG, got {error}; replace the file.") from error


def _dtd_textures(data_dir: str | None) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The twenty images out of the 5,640 of DTD, in the order of the classes."""
    instead = "Without it: `textures=procedural` needs no download, `textures=DIRECTORY` reads files."
    builder = prepared_builder(
        "dtd:3.*.*", data_dir, ["https://www.robots.ox.ac.uk", "https://storage.googleapis.com"], instead
    )
    wanted = tf.constant(DTD_FOREGROUND + DTD_BACKGROUND)
    records = builder.as_dataset(split="train+validation+test", shuffle_files=False, decoders=_undecoded())
    records = records.filter(lambda record: tf.reduce_any(record["file_name"] == wanted))
    images = {}
    for record in records.as_numpy_iterator():
        name = record["file_name"].decode()
        with _naming(name):
            images[name] = _sized(decode_image(record["image"], "JPEG"))
    missing = [name for name in DTD_FOREGROUND + DTD_BACKGROUND if name not in images]
    if missing:
        raise CommandError(f"TFDS's dtd has no {', '.join(missing)}. {instead}")
    return [images[name] for name in DTD_FOREGROUND], [images[name] for name in DTD_BACKGROUND]


def _undecoded() -> dict[str, Any]:
    """Leaves the other 5,620 images encoded."""
    import tensorflow_datasets as tfds  # late, as in tfds_source

    return {"image": tfds.decode.SkipDecoding()}
