"""torchvision's ResNet-50 state dicts as a `ResNet50`: a declarative map of names and layouts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.models.networks.resnet import BLOCKS, ResNet50
from cgn_tf.weights.state_dict_map import Layout
from cgn_tf.weights.torch_classifier import conv_norm_keys, dense_keys, number_of_classes, with_state

TELLING_KEY = "layer1.0.conv1.weight"
"""By this key a state dict is known to be of a ResNet."""

# Our convolution → torchvision's convolution and the batch norm after it.
_PARTS = {"conv1": ("conv1", "bn1")}
for _stage, _count in enumerate(BLOCKS, start=1):
    for _i in range(_count):
        _ours, _theirs = f"layer{_stage}_{_i}", f"layer{_stage}.{_i}"
        _PARTS |= {f"{_ours}/conv{n}": (f"{_theirs}.conv{n}", f"{_theirs}.bn{n}") for n in (1, 2, 3)}
        if _i == 0:
            _PARTS[f"{_ours}/downsample"] = (f"{_theirs}.downsample.0", f"{_theirs}.downsample.1")

KEYS: dict[str, tuple[str, Layout]] = conv_norm_keys(_PARTS) | dense_keys("fc")
"""Path of each variable below the network's own name → key in the state dict, and its layout there."""


def resnet50_from_state(state: Mapping[str, np.ndarray], what: str) -> ResNet50:
    """The ResNet-50 of a state dict, with as many classes as its `fc.weight` has rows.

    Args:
        state: key → array, as from `read_state_dict`; counters (`num_batches_tracked`) are skipped.
        what: where it comes from, for errors.

    Raises:
        TorchCheckpointError: it is of another network; what differs is named.
    """
    network = ResNet50(number_of_classes(state, "fc.weight"))
    return with_state(network, KEYS, state, what, "a state dict of torchvision's ResNet-50 (resnet50-*.pth)")
