"""Small BigGAN modules in the TF1-Hub format, written by hand, and what they should be read as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from cgn_tf.weights.hub_module import HubModule
from tests.goldens.recipe import rn

VARIABLES: dict[str, np.ndarray] = {
    "linear/w/ema_0.9999": np.arange(12, dtype=np.float32).reshape(4, 3),
    "Generator/attention/gamma/ema_0.9999": np.array([0.25], np.float32),
    "step": np.array(7, np.int64),
}
CHANNELS = (5, 2)
Statistics = Sequence[tuple[np.ndarray, np.ndarray]]


def expected_statistics() -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    return [
        (random.standard_normal((51, channels), np.float32), random.random((51, channels), np.float32))
        for channels in CHANNELS
    ]


def saved_model(packed: bool = True, prefix: str = "", statistics: Statistics | None = None, **replaced: Any) -> bytes:
    """A saved_model.pb with statistics; `replaced` maps a node `stack_N` to another value."""
    with tf.Graph().as_default() as graph:
        tf.constant(0.0, name=f"{prefix}other/constant")
        for number, pair in enumerate(expected_statistics() if statistics is None else statistics):
            for step, rows in zip((1, 3), pair, strict=True):
                name = f"stack_{5 * number + step}"
                value = replaced.get(name, rows)
                if packed:
                    parts = [tf.constant(row, name=f"{prefix}Const") for row in value]
                    tf.raw_ops.Pack(values=parts, name=prefix + name)
                else:
                    tf.constant(value, name=prefix + name)
    model = saved_model_pb2.SavedModel()
    model.meta_graphs.add().graph_def.CopyFrom(graph.as_graph_def())
    return model.SerializeToString()


def make_module(path: Path, graph: bytes | None = None, variables: Mapping[str, np.ndarray] = VARIABLES) -> Path:
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(saved_model() if graph is None else graph)
    (path / "tfhub_module.pb").write_bytes(b"\x08\x03")
    tf.raw_ops.SaveV2(
        prefix=str(path / "variables" / "variables"),
        tensor_names=list(variables),
        shape_and_slices=[""] * len(variables),
        tensors=list(variables.values()),
    )
    return path


def check(opened: HubModule) -> None:
    assert opened.variable_names() == {name: array.shape for name, array in VARIABLES.items()}
    for name, array in VARIABLES.items():
        read = opened.variable(name)
        assert read.dtype == array.dtype
        np.testing.assert_array_equal(read, array)
    statistics = opened.statistics()
    assert len(statistics) == len(CHANNELS)
    for pair, expected in zip(statistics, expected_statistics(), strict=True):
        np.testing.assert_array_equal(pair, expected)


BLOCKS_128 = ((16, 16), (16, 16), (16, 16), (16, 8), (8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1))
"""Input and output channels of the ten blocks of BigGAN-deep-128, in units of the width."""


def _block(i: int) -> str:
    return f"Generator/GBlock_{i}" if i else "Generator/GBlock"


def _norm(i: int, j: int) -> str:
    return f"{_block(i)}/BatchNorm_{j}" if j else f"{_block(i)}/BatchNorm"


def biggan_variables(width: int = 4) -> dict[str, np.ndarray]:
    """The checkpoint of a BigGAN-deep-128 with the recipe's weights, and with all that is not to be read.

    Written down from shared/design/biggan_hub_format.md, apart from our own map.
    """
    ema: dict[str, np.ndarray] = {
        "linear/w": rn("linear/w", (1000, 128), 1.0),
        "Generator/attention/gamma": np.array([0.7], np.float32),
        "Generator/BatchNorm/scale": rn("Generator/BatchNorm/scale", (1, 1, 1, width), 0.05, 0.35),
        "Generator/BatchNorm/offset": rn("Generator/BatchNorm/offset", (1, 1, 1, width), 0.1),
    }
    others: dict[str, np.ndarray] = {}

    def spectral(name: str, shape: tuple[int, ...], bias: bool = False, scale: float = 1.0) -> None:
        ema[f"{name}/w"] = rn(f"{name}/w", shape, scale / np.sqrt(np.prod(shape[:-1])))
        others[f"{name}/u0"] = rn(f"{name}/u0", (1, shape[-1]), 1.0)
        others[f"{name}/u1"] = others[f"{name}/u2"] = np.full((1, shape[-1]), 99, np.float32)
        if bias:
            ema[f"{name}/b"] = rn(f"{name}/b", shape[-1:], 0.1)

    spectral("Generator/GenZ/G_linear", (256, 256 * width), bias=True)
    for i, (before, after) in enumerate(BLOCKS_128):
        middle = before * width // 4
        for j in range(4):
            for kind in ("scale", "offset"):
                spectral(f"{_norm(i, j)}/{kind}", (256, middle if j else before * width), scale=0.5)
            for statistic in ("accumulated_mean", "accumulated_var"):
                others[f"{_norm(i, j)}/{statistic}"] = np.full(middle if j else before * width, 99, np.float32)
            others[f"{_norm(i, j)}/accumulation_counter"] = np.array(99, np.float32)
        shapes = ((1, 1, before * width, middle), *[(3, 3, middle, middle)] * 2, (1, 1, middle, after * width))
        for j, shape in enumerate(shapes):
            spectral(f"{_block(i)}/conv{j}", shape, bias=True)
    channels = 2 * width
    for kind, inputs, outputs in (
        ("theta", channels, channels // 8),
        ("phi", channels, channels // 8),
        ("g", channels, channels // 2),
        ("o_conv", channels // 2, channels),
    ):
        spectral(f"Generator/attention/{kind}", (1, 1, inputs, outputs))
    spectral("Generator/conv_to_rgb", (3, 3, width, width), bias=True)
    twins = {name: np.full_like(array, 99) for name, array in ema.items()}
    return {f"{name}/ema_0.9999": array for name, array in ema.items()} | twins | others


def biggan_statistics(width: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    """Means and variances that belong to `biggan_variables`."""
    norms = [
        (_norm(i, j), before * width // (4 if j else 1)) for i, (before, _) in enumerate(BLOCKS_128) for j in range(4)
    ]
    return [
        (rn(f"{name}/mean", (51, channels), 0.3), np.abs(rn(f"{name}/var", (51, channels), 0.3)) + np.float32(0.5))
        for name, channels in [*norms, ("Generator/BatchNorm", width)]
    ]
