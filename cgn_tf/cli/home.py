"""A home directory for users that have none, as those of many containers."""

from __future__ import annotations

import os
import sys
import tempfile


def settle_home() -> None:
    """Gives a process whose user has no home directory, by HOME or by name, one for temporary files, and says so.

    Libraries take `~` for a directory of that name otherwise, in whatever directory the command is called.
    """
    if os.path.expanduser("~") != "~":
        return
    os.environ["HOME"] = tempfile.gettempdir()
    print(f"note: no home directory is known; caches and ~ are in {os.environ['HOME']}: set HOME.", file=sys.stderr)
