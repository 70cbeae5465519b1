"""State dicts of PyTorch's classifiers of photographs, with seeded weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.goldens.recipe import classifier_weight

GOLDEN = Path(__file__).with_name("classifiers.npz")


def classifier_shapes(name: str) -> dict[str, tuple[int, ...]]:
    """Key → shape of everything in the state dict besides counters, as PyTorch has written it down."""
    with np.load(GOLDEN) as golden:
        entries = [entry.decode().split(" ") for entry in golden[f"{name}/keys"]]
    return {key: tuple(map(int, shape.split("x"))) for key, shape in entries}


def classifier_state(name: str) -> dict[str, np.ndarray]:
    """The weights that the golden values of `name` belong to."""
    return {key: classifier_weight(key, shape) for key, shape in classifier_shapes(name).items()}
