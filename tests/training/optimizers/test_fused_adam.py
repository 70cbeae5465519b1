"""The fused Adam is Keras' Adam: its updates, its variables, on one device and on several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.training.linear_decay import LinearDecay
from cgn_tf.training.loss_scale import LossScale
from cgn_tf.training.optimizers.fused_adam import FusedAdam
from tests.programs import Program

SHAPES = ((7, 5), (3,), (2, 3, 4))


class Fused(FusedAdam):
    """From the first variable on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "fused_from": 0})


def weights() -> list[keras.Variable]:
    random = np.random.default_rng(0)
    return [
        keras.Variable(random.uniform(0.5, 1.5, shape).astype(np.float32), name=f"w{i}")
        for i, shape in enumerate(SHAPES)
    ]


def gradients(step: int) -> list[tf.Tensor]:
    random = np.random.default_rng([1, step])
    return [tf.constant(random.standard_normal(shape).astype(np.float32)) for shape in SHAPES]


def trained(optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable], steps: range) -> None:
    optimizer.build(variables)
    update = tf.function(lambda own: optimizer.apply(own, variables), autograph=False)
    for step in steps:
        update(gradients(step))


def assert_equal(first: list[keras.Variable], second: list[keras.Variable], tolerance: float = 1e-6) -> None:
    """Equal in relation to the largest value of each variable."""
    for ours, theirs in zip(first, second, strict=True):
        difference = np.abs(ours.numpy() - theirs.numpy()).max()
        assert difference <= tolerance * np.abs(theirs.numpy()).max(), theirs.path


def assert_equal_states(first: keras.optimizers.Optimizer, second: keras.optimizers.Optimizer) -> None:
    """Velocities differ by as much as the float32 of 1 - beta_2, which Keras computes in float64."""
    assert [v.path for v in first.variables] == [v.path for v in second.variables]
    assert_equal(first.variables, second.variables, 2e-5)
    assert int(first.iterations.numpy()) == int(second.iterations.numpy())


@pytest.mark.parametrize(
    "rate", [1e-3, LinearDecay(1e-2, 8, 20, warm_up=3), keras.optimizers.schedules.ExponentialDecay(1e-2, 5, 0.7)]
)
@pytest.mark.parametrize(("beta_1", "beta_2", "epsilon"), [(0.9, 0.999, 1e-7), (0.5, 0.9, 1e-2), (0.0, 0.99, 1e-8)])
def test_twenty_steps_are_those_of_keras(rate: Any, beta_1: float, beta_2: float, epsilon: float) -> None:
    ours, theirs = weights(), weights()
    optimizers = [kind(rate, beta_1, beta_2, epsilon, name="shape") for kind in (Fused, keras.optimizers.Adam)]
    for optimizer, variables in zip(optimizers, (ours, theirs), strict=True):
        trained(optimizer, variables, range(20))
    assert_equal(ours, theirs)
    assert_equal_states(*optimizers)
    assert float(optimizers[0].learning_rate) == float(optimizers[1].learning_rate)


@pytest.mark.parametrize(("first", "second"), [(Fused, keras.optimizers.Adam), (keras.optimizers.Adam, Fused)])
def test_each_goes_on_from_the_state_of_the_other(first: type[Any], second: type[Any]) -> None:
    whole, begun, resumed = weights(), weights(), weights()
    optimizers = [first(1e-2, name="shape"), first(1e-2, name="shape"), second(1e-2, name="shape")]
    trained(optimizers[0], whole, range(20))
    trained(optimizers[1], begun, range(10))
    optimizers[2].build(resumed)
    for variable, value in zip([*optimizers[2].variables, *resumed], [*optimizers[1].variables, *begun], strict=True):
        variable.assign(value.numpy())
    trained(optimizers[2], resumed, range(10, 20))
    assert_equal(resumed, whole)


def test_eager_and_sparse_gradients() -> None:
    ours, theirs = ([keras.Variable(np.ones((4, 3), np.float32), name="rows")] for _ in range(2))
    for optimizer, variables in ((Fused(0.1), ours), (keras.optimizers.Adam(0.1), theirs)):
        for rows in ([1, 3], [0, 1], [3, 3]):
            optimizer.apply([tf.IndexedSlices(tf.ones((2, 3)), tf.constant(rows), tf.constant([4, 3]))], variables)
    # Keras' own sums slices of one row only once they are dense
    np.testing.assert_allclose(ours[0].numpy()[:3], theirs[0].numpy()[:3], rtol=1e-5)


def test_with_a_loss_scale_an_overflow_skips_the_step() -> None:
    variables, scale = weights(), LossScale(initial=8.0, growth_steps=2)
    optimizer = Fused(1e-2)
    optimizer.build(variables)
    before = [variable.numpy() for variable in variables]

    @tf.function(autograph=False)
    def update(factor: Any) -> None:
        scaled = [gradient * scale.scale * factor for gradient in gradients(0)]
        tf.distribute.get_strategy().run(lambda: scale.apply(lambda own: optimizer.apply(own, variables), scaled))

    update(tf.constant(np.inf, tf.float32))
    assert int(optimizer.iterations.numpy()) == 0
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    update(tf.constant(1.0))
    expected = weights()
    trained(keras.optimizers.Adam(1e-2), expected, range(1))
    assert_equal(variables, expected)


@pytest.mark.parametrize("fused_from", [3, 4])
def test_few_variables_are_trained_by_keras_to_the_bit(fused_from: int) -> None:
    ours, theirs = weights(), weights()
    optimizer = FusedAdam(1e-2, fused_from=fused_from)
    trained(optimizer, ours, range(5))
    trained(keras.optimizers.Adam(1e-2), theirs, range(5))
    equal = all(np.array_equal(a.numpy(), b.numpy()) for a, b in zip(ours, theirs, strict=True))
    assert equal is (fused_from > len(SHAPES))
    operations = tf.function(lambda own: optimizer.apply(own, ours), autograph=False)
    nodes = operations.get_concrete_function(gradients(0)).graph.as_graph_def().node
    assert sum(node.op == "ResourceApplyAdam" for node in nodes) == (0 if equal else len(SHAPES))


def test_amsgrad_is_refused() -> None:
    with pytest.raises(ValueError, match="amsgrad: expected False"):
        Fused(amsgrad=True)


def test_round_trip_of_the_configuration() -> None:
    optimizer = FusedAdam(1e-3, 0.5, name="shape", fused_from=7)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, FusedAdam)
    assert again.get_config() == optimizer.get_config()
    assert (again.beta_1, again.name, again.fused_from) == (0.5, "shape", 7)


DEVICES = """
import sys
import keras, numpy as np, tensorflow as tf
from tests.training.optimizers import test_fused_adam as own
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    variables = own.weights()
    optimizer = own.Fused(own.LinearDecay(1e-2, 8, 20), name="shape")
    optimizer.build(variables)

def update(gradients):
    # each replica has its share of the gradient: a quarter, and three of them
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    share = 0.25 + 0.5 * tf.cast(replica, tf.float32)
    optimizer.apply([gradient * share for gradient in gradients], variables)

run = tf.function(lambda gradients: strategy.run(update, (gradients,)), autograph=False)
for step in range(20):
    run(own.gradients(step))
expected = own.weights()
keras_adam = keras.optimizers.Adam(own.LinearDecay(1e-2, 8, 20), name="shape")
with tf.device("CPU:0"):
    own.trained(keras_adam, expected, range(20))
own.assert_equal(variables, expected)
own.assert_equal_states(optimizer, keras_adam)
for variable in [*optimizer.variables, *variables]:
    first, second = strategy.experimental_local_results(variable.value)
    np.testing.assert_array_equal(first.numpy(), second.numpy())
"""


def test_two_devices_are_one(tmp_path: Path) -> None:
    (tmp_path / "devices.py").write_text(DEVICES)
    Program(tmp_path / "devices.py").end()
