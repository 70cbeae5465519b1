"""Seeded weights: those behind the golden files are a function of their names (shared/design/golden_recipe.md)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np


def rn(name: str, shape: Sequence[int], scale: float, shift: float = 0.0) -> np.ndarray:
    """Normal numbers of the seed that the name gives, float32 of the shape."""
    normal = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(tuple(shape))
    return (normal * scale + shift).astype(np.float32)


def u2net_state(variant: str) -> dict[str, np.ndarray]:
    """Every key of PyTorch's U²-Net ("u2net") or U²-NetP ("u2netp"), written down apart from our own map."""
    large = variant == "u2net"
    stages = {  # depth, then channels that come in, inside, and out
        "stage1": (7, 3, 32 if large else 16, 64),
        "stage2": (6, 64, 32, 128) if large else (6, 64, 16, 64),
        "stage3": (5, 128, 64, 256) if large else (5, 64, 16, 64),
        "stage4": (4, 256, 128, 512) if large else (4, 64, 16, 64),
        "stage5": (4, 512, 256, 512) if large else (4, 64, 16, 64),
        "stage6": (4, 512, 256, 512) if large else (4, 64, 16, 64),
        "stage5d": (4, 1024, 256, 512) if large else (4, 128, 16, 64),
        "stage4d": (4, 1024, 128, 256) if large else (4, 128, 16, 64),
        "stage3d": (5, 512, 64, 128) if large else (5, 128, 16, 64),
        "stage2d": (6, 256, 32, 64) if large else (6, 128, 16, 64),
        "stage1d": (7, 128, 16, 64),
    }
    state: dict[str, np.ndarray] = {}

    def conv(name: str, inputs: int, outputs: int, size: int = 3) -> None:
        weight = f"{name}.weight"
        state[weight] = rn(weight, (outputs, inputs, size, size), np.sqrt(2 / (inputs * size * size)))
        state[f"{name}.bias"] = rn(f"{name}.bias", (outputs,), 0.05)

    def block(name: str, inputs: int, outputs: int) -> None:
        conv(f"{name}.conv_s1", inputs, outputs)
        for key, shift in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0)):
            state[f"{name}.bn_s1.{key}"] = rn(f"{name}.bn_s1.{key}", (outputs,), 0.1, shift)
        variance = f"{name}.bn_s1.running_var"
        state[variance] = np.abs(rn(variance, (outputs,), 0.2)) + np.float32(0.8)
        state[f"{name}.bn_s1.num_batches_tracked"] = np.array(5)

    for stage, (depth, inputs, inside, outputs) in stages.items():
        block(f"{stage}.rebnconvin", inputs, outputs)
        for i in range(1, depth + 1):
            block(f"{stage}.rebnconv{i}", outputs if i == 1 else inside, inside)
        for i in range(1, depth):
            block(f"{stage}.rebnconv{i}d", 2 * inside, outputs if i == 1 else inside)
    for i, stage in enumerate(("stage1d", "stage2d", "stage3d", "stage4d", "stage5d", "stage6"), start=1):
        conv(f"side{i}", stages[stage][-1], 1)
    conv("outconv", 6, 1, 1)
    return state


_FRACTIONS = {"conv3": 0.3, "downsample": 0.6, "_project_conv": 0.8, "fc": 0.5}


def classifier_weight(key: str, shape: Sequence[int]) -> np.ndarray:
    """The weight of a classifier of photographs by its key in the PyTorch state dict, such that maps stay of order 1.

    Kernels are He-scaled, some of those that no ReLU follows at a fraction of it; batch norms have random statistics.
    """
    last = key.rsplit(".", 1)[-1]
    if len(shape) > 1:
        fraction = next((value for part, value in _FRACTIONS.items() if part in key), 1.0)
        return rn(key, shape, fraction * np.sqrt(2 / np.prod(shape[1:])))
    if last == "running_var":
        return np.abs(rn(key, shape, 0.2)) + np.float32(0.8)
    return rn(key, shape, 0.1, 1.0 if last == "weight" else 0.0)


def patchwork(height: int, width: int) -> np.ndarray:
    """Two images of coarse random patches, float32 [2, height, width, 3] in [-1, 1], the second one darker."""
    random = np.random.RandomState(0)
    patches = random.uniform(-1, 1, (2, 8, 8, 3)).repeat(-(-height // 8), 1).repeat(-(-width // 8), 2)
    images = 0.7 * patches[:, :height, :width] + random.uniform(-0.3, 0.3, (2, height, width, 3))
    images[1] = images[1] / 2 - 0.5
    return np.float32(images)
