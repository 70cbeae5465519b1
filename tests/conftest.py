"""What all tests share: quiet TensorFlow, and the place of the reference material."""

from __future__ import annotations

import os
from pathlib import Path

# Before any test imports TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout with MNIST, textures, weights and golden values; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the reference material in {SHARED}, which is not part of the project")
    return SHARED
