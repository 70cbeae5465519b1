"""The command `convert`."""

from __future__ import annotations

from cgn_tf.checkpoints.convert import convert as convert_weights
from cgn_tf.weights.convert_config import ConvertConfig


def convert(config: ConvertConfig) -> None:
    """Converts foreign weights, and prints what became of them."""
    made = convert_weights(config)
    source = config.input or f"{config.backbone} and {config.masker}"
    print(f"{made.path}: {made.model} of {made.tensors} tensors, {made.parameters:,} parameters from {source}")
