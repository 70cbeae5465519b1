"""Options that are seeds: every command takes the same ones."""

from __future__ import annotations

from typing import Any

from cgn_tf.options.declaration import option

LARGEST_SEED = 2**63 - 1
"""The largest int64, which TensorFlow's stateless operations take."""


def seed_option(default: int | tuple[int, ...], help: str) -> Any:
    """An `option` that is a seed, or several."""
    return option(default, help, minimum=0, maximum=LARGEST_SEED)
