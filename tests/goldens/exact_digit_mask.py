"""The masks of the PyTorch reference's digit CGN in float64: what every float32 computation of them rounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

State = Mapping[str, np.ndarray]
EPSILON = 1e-5


def exact_mask(state: State, noise: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[B, 32, 32, 1], of the keys of the reference's checkpoint, noise [B, 32] and labels [B].

    The reference's modules one by one, in its layout [B, C, H, W], with neither convolutions nor norms taken together.
    """
    state = {key: value.astype(np.float64) for key, value in state.items()}
    x = np.concatenate([noise.astype(np.float64), state["label_emb.weight"][labels]], axis=1)
    x = x @ state["f_shape.0.weight"].T + state["f_shape.0.bias"]
    x = x.reshape(-1, 64, 8, 8)
    for conv, norm in (("f_shape.4", "f_shape.5"), ("f_shape.9", "f_shape.10")):
        x = _instance_norm(x).repeat(2, axis=2).repeat(2, axis=3)
        x = _batch_norm(_conv(x, state[f"{conv}.weight"]), state, norm)
        x = np.where(x > 0, x, 0.2 * x)
    return np.clip(_instance_norm(x), 1e-4, 1 - 1e-4).transpose(0, 2, 3, 1)


def _conv(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A 3×3 convolution with zero padding; kernel [out, in, 3, 3]."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.einsum("bihwyx,oiyx->bohw", windows, kernel, optimize=True)


def _batch_norm(x: np.ndarray, state: State, name: str) -> np.ndarray:
    mean, variance, scale, shift = (
        state[f"{name}.{key}"][:, None, None] for key in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(variance + EPSILON) * scale + shift


def _instance_norm(x: np.ndarray) -> np.ndarray:
    mean, variance = (moment(axis=(2, 3), keepdims=True) for moment in (x.mean, x.var))
    return (x - mean) / np.sqrt(variance + EPSILON)
