"""Whether a model is of the data set that it is used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgn_tf.datasets.registry import DATASETS
from cgn_tf.errors import CommandError


def trained_on(config: Mapping[str, Any] | None) -> str | None:
    """The data set whose images a model was trained on, by the configuration that its checkpoint has.

    None where that is not known: of converted checkpoints, and of models that learned from labels and a generator
    instead of images.
    """
    data = (config or {}).get("data")
    name = data.get("dataset") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or (name in DATASETS and not DATASETS[name].has_images):
        return None
    return name


def refuse_other_dataset(place: object, what: str, found: str | None, expected: str) -> None:
    """Holds a model, or what it made, to go back to the images of the data set `expected`.

    Args:
        place: its directory.
        what: names it in errors: "a CGN".
        found: the data set that the model was trained on; None: not known, which is accepted.
        expected: the data set that it is used for.

    Raises:
        CommandError: it was trained on another one.
    """
    if found is not None and found != expected:
        raise CommandError(
            f"{place}: expected {what} trained on {expected}, got {what} trained on {found}; set `dataset={found}`, or "
            "give another directory."
        )
