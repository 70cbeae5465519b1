"""The lines with which a run begins: what is trained, where, for how long, on which devices, and what goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.options.dictionaries import option_values

_SHOWN = 5
"""Names of classes that the line has."""


def opening(
    described: Mapping[str, Any], workdir: Path, start: int, steps: int, strategy: tf.distribute.Strategy
) -> str:
    """Two lines, of which the second names the directory.

    The first one has the number of classes and their first names, where they have names: a folder that was taken for a
    class by mistake is seen before hours of training.

    Args:
        described: the configuration, as from `to_dict`, with the entry of `class_names_entry`.
        workdir: directory of the run.
        start: step from which the run goes on; 0: it is new.
        steps: number of steps in the end.
        strategy: the devices.
    """
    options = option_values(described)
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    replicas = strategy.num_replicas_in_sync
    devices = f"{replicas} {kind}s" if replicas > 1 else f"one {kind}"
    length = f"{steps:,} steps of {options.get('batch_size', '?')} images, seed {options.get('seed', '?')}"
    begun = f"goes on from step {start:,}" if start else "a new run"
    data = f"{options.get('dataset', 'images')}{_classes(recorded_class_names(described))}"
    return f"{data}: {length}, on {devices}\n{workdir}: {begun}; options in config.json there"


def _classes(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f" ({len(names):,} {'classes' if len(names) > 1 else 'class'}: {', '.join(names[:_SHOWN])}{more})"
