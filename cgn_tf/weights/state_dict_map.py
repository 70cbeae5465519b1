"""What every port from PyTorch shares: layouts, and the strict reading of a state dict by a declarative map."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import numpy as np

from cgn_tf.weights.torch_checkpoint import TorchCheckpointError

Shape = tuple[int, ...]

SHOWN = 8
"""Problems of one kind that a message names, so that it stays a line that can be read."""


class Layout(NamedTuple):
    """How PyTorch stores an array: its shape there, given ours, and the way back."""

    torch_shape: Callable[[Shape], Shape]
    to_keras: Callable[[np.ndarray], np.ndarray]


SAME = Layout(lambda shape: shape, lambda array: array)
CONV_KERNEL = Layout(lambda s: (s[3], s[2], s[0], s[1]), lambda array: array.transpose(2, 3, 1, 0))  # OIHW → HWIO
DEPTHWISE_KERNEL = Layout(lambda s: (s[2], s[3], s[0], s[1]), lambda array: array.transpose(2, 3, 0, 1))  # C1HW → HWC1
MATRIX = Layout(lambda s: (s[1], s[0]), lambda array: array.T)  # [out, in] → [in, out]

Arrays = Mapping[str, tuple[str, Layout]]
"""Name of an array of ours → name in the state dict, and its layout there."""

CONV: Arrays = {"kernel": ("weight", CONV_KERNEL), "bias": ("bias", SAME)}
NORM: Arrays = {
    "gamma": ("weight", SAME),
    "beta": ("bias", SAME),
    "moving_mean": ("running_mean", SAME),
    "moving_variance": ("running_var", SAME),
}
DENSE: Arrays = {"kernel": ("weight", MATRIX), "bias": ("bias", SAME)}


def batch_counters(keys: Arrays) -> frozenset[str]:
    """Counters of PyTorch's batch norms, of no use where the momentum is fixed; they may be absent."""
    return frozenset(
        key.replace("running_mean", "num_batches_tracked") for key, _ in keys.values() if key.endswith("running_mean")
    )


def converted(
    state: Mapping[str, np.ndarray],
    keys: Arrays,
    shapes: Mapping[str, Shape],
    what: str,
    expected_kind: str,
    skipped: Collection[str] = (),
) -> dict[str, np.ndarray]:
    """The state dict under our names and in our layouts, after every key, shape and type has been checked.

    Args:
        state: key → array, as from `read_state_dict`.
        keys: the map, of every variable.
        shapes: of our variables, by the names in `keys`.
        what: where the state comes from, for errors.
        expected_kind: what it should be, for errors; for example "a digit checkpoint of the reference".
        skipped: keys that may be there or not, and are not read.

    Returns:
        Our names → float32 arrays.

    Raises:
        TorchCheckpointError: keys are missing, unexpected, of another shape or not float32; all are named, up to
            `SHOWN` of a kind.
    """
    expected = {key: layout.torch_shape(shapes[path]) for path, (key, layout) in keys.items()}
    missing = [f"missing {key}" for key in expected if key not in state]
    unexpected = [f"unexpected {key}" for key in state if key not in expected and key not in skipped]
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
        raise TorchCheckpointError(f"{what} is not {expected_kind}: {'; '.join(problems)}.")
    return {path: layout.to_keras(state[key]).astype(np.float32) for path, (key, layout) in keys.items()}
