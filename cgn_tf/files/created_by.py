"""By which version of this program a file was written."""

from __future__ import annotations

import importlib.metadata


def created_by() -> str:
    """Name and version of this program, for people who find an old file: "cgn_tf 0.1.0"."""
    try:
        return f"cgn_tf {importlib.metadata.version('cgn_tf')}"
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        return "cgn_tf, not installed"
