"""What is in a folder that a user named."""

from __future__ import annotations

import os
from pathlib import Path

from cgn_tf.errors import CommandError


def names_in(folder: Path) -> list[str]:
    """The names of what is in a folder, sorted; none where there is no folder.

    Raises:
        CommandError: it cannot be read, which `Path.glob` would take for a folder without files.
    """
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CommandError(f"{folder}: cannot be read ({error.strerror}).") from error
