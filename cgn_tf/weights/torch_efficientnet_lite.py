"""PyTorch's EfficientNet-Lite state dicts as an `EfficientNetLite`: a declarative map of names and layouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from cgn_tf.models.networks.efficientnet_lite import EfficientNetLite
from cgn_tf.weights.state_dict_map import Layout, Shape
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError
from cgn_tf.weights.torch_classifier import conv_norm_keys, dense_keys, number_of_classes, with_state

Variant = Literal["lite0", "lite2"]

TELLING_KEY = "_conv_stem.weight"
"""By this key a state dict is known to be of an EfficientNet."""

_BLOCKS: dict[Variant, int] = {"lite0": 16, "lite2": 21}
_SHAPE_KEY = "_conv_head.weight"
_TELLING_SHAPES: dict[Shape, Variant] = {(1280, 320, 1, 1): "lite0", (1280, 352, 1, 1): "lite2"}


def keys(variant: Variant) -> dict[str, tuple[str, Layout]]:
    """Path of each variable below the network's own name → key in the state dict, and its layout there."""
    parts = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    for i in range(_BLOCKS[variant]):
        if i > 0:  # the first block expands nothing
            parts[f"block{i}/expand"] = (f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0")
        parts[f"block{i}/depthwise"] = (f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1")
        parts[f"block{i}/project"] = (f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2")
    return conv_norm_keys(parts) | dense_keys("_fc")


def efficientnet_lite_from_state(state: Mapping[str, np.ndarray], what: str) -> EfficientNetLite:
    """The EfficientNet-Lite0 or Lite2, whichever it is, with as many classes as its `_fc.weight` has rows.

    Args:
        state: key → array, as from `read_state_dict`, of `efficientnet-lite0-57934424.pth` or the file of Lite2 from
            the same source; counters (`num_batches_tracked`) are skipped.
        what: where it comes from, for errors.

    Raises:
        TorchCheckpointError: it is neither, or does not fit; what differs is named.
    """
    if _SHAPE_KEY not in state:
        raise TorchCheckpointError(f"{what} is no state dict of an EfficientNet-Lite: missing {_SHAPE_KEY}.")
    shape = state[_SHAPE_KEY].shape
    if shape not in _TELLING_SHAPES:
        known = " or ".join(f"{known} (Lite{variant[-1]})" for known, variant in _TELLING_SHAPES.items())
        raise TorchCheckpointError(
            f"{what} is neither EfficientNet-Lite0 nor Lite2: {_SHAPE_KEY} has shape {shape}, expected {known}."
        )
    variant = _TELLING_SHAPES[shape]
    network = EfficientNetLite(variant, number_of_classes(state, "_fc.weight"))
    return with_state(network, keys(variant), state, what, f"a state dict of EfficientNet-Lite{variant[-1]}")
