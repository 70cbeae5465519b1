"""The names of a data set's classes as the configuration of a run records them."""

from __future__ import annotations

from cgn_tf.checkpoints.recorded_class_names import CLASS_NAMES
from cgn_tf.datasets.config import DataConfig


def class_names_entry(data: DataConfig) -> dict[str, list[str]]:
    """An entry for the configuration of a run, {"class_names": ["cat", "dog"]}; empty for data without names.

    Raises:
        CommandError: the data cannot be had.
    """
    names = data.class_names
    return {CLASS_NAMES: list(names)} if names else {}
