"""What the client command does for a classifier once its command line is right."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.cli.client_connection import connected
from cgn_tf.cli.image_progress import ImageProgress
from cgn_tf.config.client import ClientConfig
from cgn_tf.errors import CommandError


def classify(config: ClientConfig) -> None:
    """Prints a line for each file: its class and how probable that is.

    Raises:
        CommandError: a file cannot be read, or the server does not answer.
    """
    names = config.classify.files
    with connected(config) as client, ImageProgress(len(names), 0) as progress:
        for start in range(0, len(names), config.batch_size):
            batch = names[start : start + config.batch_size]
            found = client.classify([_read(name) for name in batch])
            for name, label, probabilities in zip(batch, *found, strict=True):
                print(f"{name}: {label} ({probabilities[label]:.1%})")
            progress.advance(len(batch))


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name}: cannot be read ({error.strerror}); check --files.") from error
