"""What the tests of commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

ODD = "a [1] ü日*?#"
"""A name that shells, globs or URLs would each read in a way of their own."""


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A directory for a test, whose path every command has to take as it is."""
    odd = tmp_path / ODD
    odd.mkdir()
    return odd
