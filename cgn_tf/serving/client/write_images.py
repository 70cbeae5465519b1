"""Images of a served CGN, written as PNG files or as sample grids."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.image_file import ImageFileError, decode_image
from cgn_tf.render.grid import image_grid
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.render.png import write_png
from cgn_tf.serving.client.config import ClientConfig
from cgn_tf.serving.client.connection import connected
from cgn_tf.types import Triplet

_PNG = b"\x89PNG\r\n\x1a\n"


class ImageRequest(NamedTuple):
    """An image to ask for."""

    seed: int
    labels: Triplet[int]

    @property
    def name(self) -> str:
        """Of its file."""
        shape, texture, background = self.labels
        return f"seed_{self.seed}_shape_{shape}_texture_{texture}_background_{background}.png"


def write_images(config: ClientConfig) -> Iterator[Path]:
    """Writes an image for each seed with its classes, or a sample grid for each seed.

    Yields:
        The path of each file, once it is written.

    Raises:
        CommandError: the server does not answer as it should, or the disk refuses.
    """
    folder = Path(config.images.output_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if config.task == "sample_grid":
            yield from _write_sample_grids(config, folder)
        else:
            yield from _write_files(config, folder)
    except (FileExistsError, NotADirectoryError):
        raise CommandError(f"{folder}: expected a directory, got a file; choose another `output_dir`.") from None
    except OSError as error:
        raise CommandError(
            f"{folder}: cannot be written ({error.strerror or error}); choose another `output_dir`."
        ) from error


def listed(config: ClientConfig) -> list[ImageRequest]:
    """The images of `task=png` in order: the first seed with the first classes; a single value stands for all."""
    asked = config.images
    columns = [asked.seeds, asked.shapes, asked.textures, asked.backgrounds]
    count = max(map(len, columns))
    rows = zip(*(column * count if len(column) == 1 else column for column in columns), strict=True)
    return list(dict.fromkeys(ImageRequest(seed, Triplet(*classes)) for seed, *classes in rows))


def answers(config: ClientConfig, wanted: Sequence[ImageRequest]) -> Generator[bytes, None, None]:
    """The PNG file of each; asks for `batch_size` at once, and shows how far it is.

    Raises:
        CommandError: the server does not answer, or not with PNG files.
    """
    with connected(config) as client, ImageProgress(len(wanted), 0) as progress:
        for start in range(0, len(wanted), config.batch_size):
            batch = wanted[start : start + config.batch_size]
            labels = Triplet(*(list(column) for column in zip(*(one.labels for one in batch), strict=True)))
            files = client.png([one.seed for one in batch], labels, config.images.truncation)
            if not all(isinstance(file, bytes) and file.startswith(_PNG) for file in files):
                raise CommandError(f"{config.server}: expected PNG files, got other content; check `model`.")
            progress.advance(len(batch))
            yield from files


def _write_files(config: ClientConfig, folder: Path) -> Iterator[Path]:
    wanted = listed(config)
    with contextlib.closing(answers(config, wanted)) as files:
        for one, file in zip(wanted, files, strict=True):
            write_atomically(folder / one.name, file)
            yield folder / one.name


def _write_sample_grids(config: ClientConfig, folder: Path) -> Iterator[Path]:
    """A sample grid for each seed: a row for each shape, a column for each texture on each background."""
    asked = config.images
    seeds, pairs = list(dict.fromkeys(asked.seeds)), list(itertools.product(asked.textures, asked.backgrounds))
    cells = list(itertools.product(asked.shapes, pairs))
    wanted = [ImageRequest(seed, Triplet(shape, *pair)) for seed in seeds for shape, pair in cells]
    with contextlib.closing(answers(config, wanted)) as files:
        for seed in seeds:
            images = np.stack([_decoded(file) for file in itertools.islice(files, len(cells))])
            sample_grid = image_grid(
                images.reshape(len(asked.shapes), len(pairs), *images.shape[1:]),
                [f"shape {shape}" for shape in asked.shapes],
                [f" {texture} on {background} " for texture, background in pairs],  # spaces keep neighbours apart
            )
            path = folder / f"sample_grid_seed_{seed}.png"
            write_png(path, sample_grid)
            yield path


def _decoded(file: bytes) -> np.ndarray:
    """uint8 [H, W, 3]; CommandError where the file is damaged."""
    try:
        return decode_image(file, "PNG")
    except ImageFileError as error:
        raise CommandError(f"expected whole PNG files, got {error}; ask the server again.") from error
