"""The names of the classes in the configuration of a run, for those who have the model but not the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLASS_NAMES = "class_names"
"""The entry of a run's configuration with the names, a list; of data without names there is none."""


def recorded_class_names(config: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The names of the classes that a model was trained on, by the configuration that its checkpoint has.

    Args:
        config: of the run, as its checkpoint records it; None: not known.

    Returns:
        The names in the order of the labels; empty where none are recorded.
    """
    names = (config or {}).get(CLASS_NAMES)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names)
