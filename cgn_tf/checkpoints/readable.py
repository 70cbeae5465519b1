"""What a refusal to read says of a checkpoint: that it is damaged, or nothing at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cgn_tf.checkpoints.manifest import CheckpointError, UnreadableError


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Within the block a file of a checkpoint is read.

    Raises:
        CheckpointError: it is missing, or no file; the checkpoint is damaged.
        UnreadableError: the disk or the system refuses, for want of permission for example.
    """
    try:
        yield
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing; the checkpoint is incomplete.") from None
    except (IsADirectoryError, NotADirectoryError) as error:
        raise CheckpointError(f"{path}: expected a file, got something else ({error.strerror}).") from None
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str | Path, error: OSError) -> UnreadableError:
    """The error for a file or a directory that cannot be looked at."""
    return UnreadableError(
        f"{path}: cannot be read ({error.strerror or error}). That does not make it damaged, so nothing else is taken "
        "in its place; mend the cause, and try again."
    )
