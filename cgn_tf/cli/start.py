"""How every program of this package starts: before anything is imported that an environment may lack."""

from __future__ import annotations

import importlib.util
import sys

NEEDED = ("absl", "keras", "numpy", "PIL", "tensorflow", "tqdm")
"""Modules that other packages bring, as far as a command cannot begin without them."""
OLDEST_PYTHON = (3, 11)


def run(name: str = "") -> int:
    """Runs a command with the arguments of the process; returns its exit code.

    Args:
        name: of the command; empty: the first argument names it.
    """
    missing = [module for module in NEEDED if importlib.util.find_spec(module) is None]
    if missing or sys.version_info < OLDEST_PYTHON:
        lacks = f"has no {', '.join(missing)}" if missing else f"is older than {'.'.join(map(str, OLDEST_PYTHON))}"
        print(
            f"error: {sys.executable} {lacks}, which cgn_tf needs; activate the environment (source "
            ".venv/bin/activate), or make it first (make install).",
            file=sys.stderr,
        )
        return 1
    # imported now: it imports what may have been missing
    from cgn_tf.cli import app

    return app.run(name) if name else app.main()
