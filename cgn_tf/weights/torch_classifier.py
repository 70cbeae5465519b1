"""What the maps of all classifiers of photographs share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from cgn_tf.models.networks.photograph_classifier import PhotographClassifier
from cgn_tf.weights.assignment import assign, own_variables
from cgn_tf.weights.state_dict_map import (
    CONV_KERNEL,
    DENSE,
    DEPTHWISE_KERNEL,
    NORM,
    Arrays,
    Layout,
    batch_counters,
    converted,
)

C = TypeVar("C", bound=PhotographClassifier)


def conv_norm_keys(parts: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, Layout]]:
    """The map of `ConvNorm` layers.

    Args:
        parts: path of the layer → the convolution and the batch norm in the state dict. Of a layer whose name is
            `depthwise` the kernel is taken for a depthwise one.

    Returns:
        Path of each variable → key in the state dict, and its layout there.
    """
    keys: dict[str, tuple[str, Layout]] = {}
    for ours, (conv, norm) in parts.items():
        layout = DEPTHWISE_KERNEL if ours.rsplit("/", 1)[-1] == "depthwise" else CONV_KERNEL
        keys[f"{ours}/kernel"] = (f"{conv}.weight", layout)
        keys |= {f"{ours}/norm/{name}": (f"{norm}.{key}", layout) for name, (key, layout) in NORM.items()}
    return keys


def dense_keys(name: str) -> dict[str, tuple[str, Layout]]:
    """The map of the last layer, `logits`, which is `name` in the state dict."""
    return {f"logits/{ours}": (f"{name}.{key}", layout) for ours, (key, layout) in DENSE.items()}


def number_of_classes(state: Mapping[str, np.ndarray], key: str) -> int:
    """The rows of the last layer's matrix; 1000 where there is none, which the strict reading then says."""
    return state[key].shape[0] if key in state and state[key].ndim == 2 else 1000


def with_state(network: C, keys: Arrays, state: Mapping[str, np.ndarray], what: str, expected_kind: str) -> C:
    """Builds the network and sets every variable; counters of batch norms are skipped.

    Args:
        network: unbuilt.
        keys: path of each variable below the network → key in the state dict, and its layout there.
        state: key → array, as from `read_state_dict`.
        what: where it comes from, for errors.
        expected_kind: what it should be, for errors.

    Raises:
        TorchCheckpointError: keys are missing, unexpected, of another shape or not float32; they are named.
    """
    network.build()
    variables = own_variables(network)
    shapes = {path: tuple(variable.shape) for path, variable in variables.items()}
    assign(variables, converted(state, keys, shapes, what, expected_kind, batch_counters(keys)), what)
    return network
