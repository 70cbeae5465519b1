"""Layers traced once: one node a call, and the outputs and gradients of the layers themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.batch_norm import BatchNorm
from cgn_tf.ops.shared_trace import SharedTrace
from tests.programs import Program


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def dense(units: int = 4, seed: int = 0, name: str = "dense") -> keras.layers.Dense:
    layer = keras.layers.Dense(units, activation="tanh", name=name)
    layer.build((None, 3))
    for i, variable in enumerate(layer.variables):
        variable.assign(normal(*variable.shape, seed=10 * seed + i))
    return layer


class Counted:
    """Counts how often it computes."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, layer: Any, x: Any, factor: float = 1.0) -> Any:
        self.calls += 1
        return layer(x) * factor


def outputs_and_gradients(call: Any, layers: list[Any], x: Any, options: list[dict[str, float]]) -> list[Any]:
    variables = [variable.value for layer in layers for variable in layer.variables]
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = [call(layer, x, **own) for layer, own in zip(layers, options, strict=True)]
        loss = tf.add_n([(i + 1.0) * tf.reduce_sum(tf.square(output)) for i, output in enumerate(outputs)])
    return [*outputs, *tape.gradient(loss, [x, *variables], unconnected_gradients="zero")]


def test_equal_layers_share_one_trace_and_keep_their_own_values() -> None:
    layers = [dense(seed=i, name=f"dense{i}") for i in range(3)] + [dense(units=2, seed=3)]
    options = [{}, {}, {"factor": 2.0}, {}]
    compute = Counted()
    shared = SharedTrace(compute)
    x = tf.constant(normal(5, 3))
    traced = tf.function(lambda x: outputs_and_gradients(shared, layers, x, options), autograph=False)
    found = traced(x)
    # the second call of an equal layer makes nothing; another option and another layer make a function each
    assert compute.calls == 3
    plain = tf.function(lambda x: outputs_and_gradients(Counted(), layers, x, options), autograph=False)
    for ours, expected in zip(found, plain(x), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-6)
    nodes = traced.get_concrete_function(x).graph.as_graph_def().node
    assert not any(node.op == "MatMul" for node in nodes)


def test_eager_calls_are_the_layer_itself() -> None:
    compute = Counted()
    shared, layer = SharedTrace(compute), dense()
    for _ in range(2):
        np.testing.assert_array_equal(shared(layer, normal(5, 3)), layer(normal(5, 3)))
    assert compute.calls == 2


def test_a_frozen_layer_has_its_own_trace_and_no_gradient() -> None:
    layers = [dense(seed=0), dense(seed=1)]
    layers[1].trainable = False
    x = tf.constant(normal(5, 3))
    compute = Counted()
    shared = SharedTrace(compute)
    found = tf.function(lambda x: outputs_and_gradients(shared, layers, x, [{}, {}]), autograph=False)(x)
    assert compute.calls == 2
    _, _, of_x, kernel, bias, frozen_kernel, frozen_bias = found
    assert all(np.abs(gradient).max() > 0 for gradient in (of_x, kernel, bias))
    assert all(np.abs(gradient).max() == 0 for gradient in (frozen_kernel, frozen_bias))


def test_values_of_later_steps() -> None:
    layer, shared = dense(), SharedTrace(Counted())
    traced = tf.function(lambda x: shared(layer, x), autograph=False)
    for seed in range(2):
        layer.kernel.assign(normal(3, 4, seed=seed))
        np.testing.assert_allclose(traced(normal(5, 3)), layer(normal(5, 3)), rtol=1e-6)


def test_a_layer_that_changes_its_variables_is_refused() -> None:
    norm = BatchNorm(name="norm")
    norm.build((None, 2, 2, 3))
    shared = SharedTrace(lambda layer, x: layer(x, training=True))
    with pytest.raises(ValueError, match=r"leaves its variables as they are; norm/moving_mean moved"):
        tf.function(lambda x: shared(norm, x), autograph=False)(normal(2, 2, 2, 3))


DEVICES = """
import numpy as np, tensorflow as tf
from tests.ops import test_shared_trace as own
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    layers = [own.dense(seed=0), own.dense(seed=1)]
shared = own.SharedTrace(own.Counted())

def step(call):
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    x = tf.constant(own.normal(5, 3)) * tf.cast(1 + replica, tf.float32)
    return own.outputs_and_gradients(call, layers, x, [{}, {}])

traced, plain = (
    tf.function(lambda call=call: strategy.run(step, (call,)), autograph=False)
    for call in (shared, lambda layer, x: layer(x))
)
for ours, expected in zip(traced(), plain(), strict=True):
    for a, b in zip(*map(strategy.experimental_local_results, (ours, expected)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
nodes = traced.get_concrete_function().graph.as_graph_def().node
calls = [node.device[-5:] for node in nodes if node.op == "PartitionedCall"]
# two layers, forward and backward
assert sorted(calls) == ["CPU:0"] * 4 + ["CPU:1"] * 4, calls
"""


def test_each_device_computes_with_its_own_variables(tmp_path: Path) -> None:
    (tmp_path / "devices.py").write_text(DEVICES)
    Program(tmp_path / "devices.py").end()
