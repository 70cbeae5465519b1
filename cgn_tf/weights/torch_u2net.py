"""PyTorch's U²-Net and U²-NetP state dicts as a `U2Net`: a declarative map of names and layouts."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Literal

import numpy as np

from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.assignment import assign, named_variables
from cgn_tf.weights.state_dict_map import CONV, NORM, Layout, Shape, batch_counters, converted
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError

_DEPTHS = {"1": 7, "2": 6, "3": 5, "4": 4, "5": 4, "6": 4, "5d": 4, "4d": 4, "3d": 5, "2d": 6, "1d": 7}

# Our convolution → the reference's convolution and the batch norm after it.
_BLOCKS = {
    f"stage{stage}/{ours}": (f"stage{stage}.{theirs}.conv_s1", f"stage{stage}.{theirs}.bn_s1")
    for stage, depth in _DEPTHS.items()
    for ours, theirs in (
        ("conv_in", "rebnconvin"),
        *((f"encode{i}", f"rebnconv{i}") for i in range(1, depth + 1)),
        *((f"decode{i}", f"rebnconv{i}d") for i in range(depth - 1, 0, -1)),
    )
}
_HEADS = [*(f"side{i}" for i in range(1, 7)), "outconv"]

KEYS: dict[str, tuple[str, Layout]] = {
    **{
        f"{ours}/{name}": (f"{key}.{their_name}", layout)
        for block, (conv, norm) in _BLOCKS.items()
        for ours, key, arrays in ((block, conv, CONV), (f"{block}/norm", norm, NORM))
        for name, (their_name, layout) in arrays.items()
    },
    **{f"{head}/{name}": (f"{head}.{key}", layout) for head in _HEADS for name, (key, layout) in CONV.items()},
}
"""Path of each variable below the network's own name → key in the state dict, and its layout there."""

_TELLING_KEY = "stage1.rebnconv1.conv_s1.weight"
TELLING_SHAPES: dict[Shape, Literal["u2net", "u2netp"]] = {(32, 64, 3, 3): "u2net", (16, 64, 3, 3): "u2netp"}
"""Shape of the second convolution's kernel, as PyTorch and ONNX have it → which network it is of."""


def u2net_arrays(
    state: Mapping[str, np.ndarray], variables_shapes: Mapping[str, Shape], what: str, prefix: str = ""
) -> dict[str, np.ndarray]:
    """The state dict as arrays for `assign`.

    Args:
        state: key → array, as from `read_state_dict`. Counters (`num_batches_tracked`) are skipped.
        variables_shapes: path → shape of every variable of a `U2Net` with batch norms; the paths may start with the
            name of the network, or with those of a model around it too.
        what: where the state comes from, for errors.
        prefix: of the keys that belong to U²-Net, for example "u2net."; all others are left alone.

    Returns:
        The same paths → float32 arrays in our layouts.

    Raises:
        TorchCheckpointError: keys are missing, unexpected, of another shape or not float32; all are named.
        ValueError: the variables are not those of a U²-Net with batch norms.
    """
    root = posixpath.commonpath(variables_shapes)
    root = f"{root}/" if root else ""
    if set(variables_shapes) != {root + path for path in KEYS}:
        raise ValueError(
            f"expected the {len(KEYS)} variables of a U2Net with batch norms, got {len(variables_shapes)} others "
            f"below {root!r}; load the weights first, then make it one for inference."
        )
    keys = {root + path: (prefix + key, layout) for path, (key, layout) in KEYS.items()}
    own = {key: array for key, array in state.items() if key.startswith(prefix)}
    return converted(own, keys, variables_shapes, what, "a state dict of this U²-Net", batch_counters(keys))


def u2net_from_state(state: Mapping[str, np.ndarray], what: str, align_corners: bool = True) -> U2Net:
    """The U²-Net or U²-NetP, whichever it is, with the weights of a state dict.

    Args:
        state: key → array, as from `read_state_dict`.
        what: where it comes from, for errors.
        align_corners: see `U2Net`.

    Raises:
        TorchCheckpointError: it is neither, or does not fit; what differs is named.
    """
    network = unbuilt_u2net(state, what, align_corners)
    network.build()
    variables = named_variables(network.variables)
    shapes = {path: tuple(variable.shape) for path, variable in variables.items()}
    assign(variables, u2net_arrays(state, shapes, what), what)
    return network


def unbuilt_u2net(state: Mapping[str, np.ndarray], what: str, align_corners: bool = True) -> U2Net:
    """The network that a state dict is of, without variables; arguments and errors as for `u2net_from_state`."""
    if _TELLING_KEY not in state:
        raise TorchCheckpointError(f"{what} is no state dict of a U²-Net: missing {_TELLING_KEY}.")
    shape = state[_TELLING_KEY].shape
    if shape not in TELLING_SHAPES:
        known = " or ".join(f"{variant} {known}" for known, variant in TELLING_SHAPES.items())
        raise TorchCheckpointError(
            f"{what} is neither U²-Net nor U²-NetP: {_TELLING_KEY} has shape {shape}, expected {known}."
        )
    return U2Net(TELLING_SHAPES[shape], align_corners)
