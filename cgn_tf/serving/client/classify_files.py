"""What a served classifier sees on images in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.serving.client.config import ClientConfig
from cgn_tf.serving.client.connection import connected


class ClassifiedFile(NamedTuple):
    """What a classifier sees on the image of a file: the class, and the probability of that class in [0, 1]."""

    name: str
    label: int
    probability: float


def classify_files(config: ClientConfig) -> Iterator[ClassifiedFile]:
    """Asks the server what digits are on the images of `config.classify.files`.

    Yields:
        The answer for each file, in order.

    Raises:
        CommandError: a file cannot be read, or the server does not answer.
    """
    names = config.classify.files
    with connected(config) as client, ImageProgress(len(names), 0) as progress:
        for start in range(0, len(names), config.batch_size):
            batch = names[start : start + config.batch_size]
            found = client.classify([_read(name) for name in batch])
            for name, label, probabilities in zip(batch, *found, strict=True):
                yield ClassifiedFile(name, int(label), float(probabilities[label]))
            progress.advance(len(batch))


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name}: cannot be read ({error.strerror}); check `files`.") from error
