"""The lines with which a run begins: what is trained, where, for how long, on which devices, and what goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.options.dictionaries import option_values


def opening(
    described: Mapping[str, Any], workdir: Path, start: int, steps: int, strategy: tf.distribute.Strategy
) -> str:
    """Two lines, of which the second names the directory.

    Args:
        described: the configuration, as from `to_dict`.
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
    return (
        f"{options.get('dataset', 'images')}: {length}, on {devices}\n{workdir}: {begun}; options in config.json there"
    )
