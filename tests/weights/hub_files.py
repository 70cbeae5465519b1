"""A small BigGAN module in the TF1-Hub format, written by hand, and what it should be read as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from cgn_tf.weights.hub_module import HubModule

VARIABLES = {
    "linear/w/ema_0.9999": np.arange(12, dtype=np.float32).reshape(4, 3),
    "Generator/attention/gamma/ema_0.9999": np.float32([0.25]),
    "step": np.array(7, np.int64),
}
CHANNELS = (5, 2)


def expected_statistics() -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    return [
        (random.standard_normal((51, channels), np.float32), random.random((51, channels), np.float32))
        for channels in CHANNELS
    ]


def saved_model(packed: bool = True, prefix: str = "", **replaced: Any) -> bytes:
    """A saved_model.pb with the statistics; `replaced` maps a node `stack_N` to another value."""
    with tf.Graph().as_default() as graph:
        tf.constant(0.0, name=f"{prefix}other/constant")
        for number, pair in enumerate(expected_statistics()):
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


def make_module(path: Path, graph: bytes | None = None) -> Path:
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(saved_model() if graph is None else graph)
    (path / "tfhub_module.pb").write_bytes(b"\x08\x03")
    tf.raw_ops.SaveV2(
        prefix=str(path / "variables" / "variables"),
        tensor_names=list(VARIABLES),
        shape_and_slices=[""] * len(VARIABLES),
        tensors=list(VARIABLES.values()),
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
