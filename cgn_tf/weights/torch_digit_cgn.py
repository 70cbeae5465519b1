"""The PyTorch reference's digit checkpoints as a `CGN`: a declarative map of names and layouts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.weights.assignment import assign, named_variables
from cgn_tf.weights.state_dict_map import CONV, CONV_KERNEL, NORM, SAME, Layout, batch_counters, converted


def _channels_last(dense: np.ndarray) -> np.ndarray:
    """Reorders the first axis from the reference's [64, 8, 8] to our [8, 8, 64]."""
    return dense.reshape(-1, 8, 8, *dense.shape[1:]).swapaxes(0, 1).swapaxes(1, 2).reshape(dense.shape)


DENSE_KERNEL = Layout(lambda s: (s[1], s[0]), lambda array: _channels_last(array).T)  # [out, in] → [in, out]
DENSE_BIAS = Layout(lambda shape: shape, _channels_last)

_DENSE = {"kernel": ("weight", DENSE_KERNEL), "bias": ("bias", DENSE_BIAS)}
_BLOCK_CONV = {"kernel": ("weight", CONV_KERNEL)}
# Our layer → number of the module in the reference's `nn.Sequential`, and what it holds.
_SHAPE = {
    "dense": (0, _DENSE),
    "block0": (4, _BLOCK_CONV),
    "block0/norm": (5, NORM),
    "block1": (9, _BLOCK_CONV),
    "block1/norm": (10, NORM),
}
_IMAGE = {
    "dense": (0, _DENSE),
    "block0": (3, _BLOCK_CONV),
    "block0/norm": (4, NORM),
    "block1": (7, _BLOCK_CONV),
    "block1/norm": (8, NORM),
    "to_image": (10, CONV),
    "image_norm": (11, NORM),
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

SKIPPED = batch_counters(KEYS)


def digit_cgn_from_state(state: Mapping[str, np.ndarray], what: str) -> CGN:
    """The digit CGN of a checkpoint of the PyTorch reference (10 classes, noise [B, 32]).

    Args:
        state: key → array, as from `read_state_dict`.
        what: where it comes from, for errors.

    Returns:
        The CGN with these weights (659,992 parameters besides the batch norms' statistics).

    Raises:
        TorchCheckpointError: keys are missing, unexpected or of another shape; all are named.
    """
    cgn = digit_cgn()
    cgn.build()
    variables = named_variables(cgn.variables)
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    assign(variables, converted(state, KEYS, shapes, what, "a digit checkpoint of the reference", SKIPPED), what)
    return cgn
