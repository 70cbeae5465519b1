"""The PyTorch reference's digit checkpoints as a `CGN`: a declarative map of names and layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.weights.assignment import assign, named_variables
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError, read_state_dict

Shape = tuple[int, ...]

SHOWN = 8
"""Problems of one kind that a message names, so that it stays a line that can be read."""


class Layout(NamedTuple):
    """How PyTorch stores an array: its shape there, given ours, and the way back."""

    torch_shape: Callable[[Shape], Shape]
    to_keras: Callable[[np.ndarray], np.ndarray]


def _channels_last(dense: np.ndarray) -> np.ndarray:
    """Reorders the first axis from the reference's [64, 8, 8] to our [8, 8, 64]."""
    return dense.reshape(-1, 8, 8, *dense.shape[1:]).swapaxes(0, 1).swapaxes(1, 2).reshape(dense.shape)


SAME = Layout(lambda shape: shape, lambda array: array)
CONV_KERNEL = Layout(lambda s: (s[3], s[2], s[0], s[1]), lambda array: array.transpose(2, 3, 1, 0))  # OIHW → HWIO
DENSE_KERNEL = Layout(lambda s: (s[1], s[0]), lambda array: _channels_last(array).T)  # [out, in] → [in, out]
DENSE_BIAS = Layout(lambda shape: shape, _channels_last)

_DENSE = {"kernel": ("weight", DENSE_KERNEL), "bias": ("bias", DENSE_BIAS)}
_BLOCK_CONV = {"kernel": ("weight", CONV_KERNEL)}
_CONV = {"kernel": ("weight", CONV_KERNEL), "bias": ("bias", SAME)}
_NORM = {
    "gamma": ("weight", SAME),
    "beta": ("bias", SAME),
    "moving_mean": ("running_mean", SAME),
    "moving_variance": ("running_var", SAME),
}
# Our layer → number of the module in the reference's `nn.Sequential`, and what it holds.
_SHAPE = {
    "dense": (0, _DENSE),
    "block0": (4, _BLOCK_CONV),
    "block0/norm": (5, _NORM),
    "block1": (9, _BLOCK_CONV),
    "block1/norm": (10, _NORM),
}
_IMAGE = {
    "dense": (0, _DENSE),
    "block0": (3, _BLOCK_CONV),
    "block0/norm": (4, _NORM),
    "block1": (7, _BLOCK_CONV),
    "block1/norm": (8, _NORM),
    "to_image": (10, _CONV),
    "image_norm": (11, _NORM),
}
_MECHANISMS = {"shape": ("f_shape", _SHAPE), "texture": ("f_text1", _IMAGE), "background": ("f_text2", _IMAGE)}

KEYS: dict[str, tuple[str, Layout]] = {
    "cgn/label_embedding/embeddings": ("label_emb.weight", SAME),
    **{
        f"cgn/{mechanism}/{layer}/{name}": (f"{prefix}.{number}.{key}", layout)
        for mechanism, (prefix, layers) in _MECHANISMS.items()
        for layer, (number, arrays) in layers.items()
        for name, (key, layout) in arrays.items()
    },
}
"""Path of each variable → key in the state dict, and its layout there."""

SKIPPED = frozenset(
    key.replace("running_mean", "num_batches_tracked") for key, _ in KEYS.values() if key.endswith("running_mean")
)
"""Counters of PyTorch's batch norms, of no use where the momentum is fixed; they may be absent."""


def digit_cgn_from_torch(path: str | Path) -> CGN:
    """Reads a digit checkpoint of the PyTorch reference (10 classes, noise [B, 32]).

    Args:
        path: the `.pth` file, a state dict (see `read_state_dict`).

    Returns:
        The CGN with these weights (659,992 parameters besides the batch norms' statistics).

    Raises:
        TorchCheckpointError: the file cannot be read, or keys are missing, unexpected or of another shape; all are
            named.
    """
    cgn = digit_cgn()
    cgn.build()
    variables = named_variables(cgn.variables)
    arrays = _converted(read_state_dict(path), {name: tuple(v.shape) for name, v in variables.items()}, str(path))
    assign(variables, arrays, str(path))
    return cgn


def _converted(state: Mapping[str, np.ndarray], shapes: Mapping[str, Shape], what: str) -> dict[str, np.ndarray]:
    """The state dict under our names and in our layouts, after every key, shape and type has been checked."""
    expected = {key: layout.torch_shape(shapes[path]) for path, (key, layout) in KEYS.items()}
    missing = [f"missing {key}" for key in expected if key not in state]
    unexpected = [f"unexpected {key}" for key in state if key not in expected and key not in SKIPPED]
    differing = []
    for key in [key for key in expected if key in state]:
        if state[key].shape != expected[key]:
            differing.append(f"{key} has shape {state[key].shape}, expected {expected[key]}")
        elif state[key].dtype.kind != "f" or state[key].dtype.itemsize > 4:
            differing.append(f"{key} is {state[key].dtype}, expected float32")
    problems = [
        problem if number < SHOWN else f"and {len(kind) - SHOWN} more"
        for kind in (missing, unexpected, differing)
        for number, problem in enumerate(kind[: SHOWN + 1])
    ]
    if problems:
        raise TorchCheckpointError(f"{what} is not a digit checkpoint of the reference: {'; '.join(problems)}.")
    return {path: layout.to_keras(state[key]).astype(np.float32) for path, (key, layout) in KEYS.items()}
