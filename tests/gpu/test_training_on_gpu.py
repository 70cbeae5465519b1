"""Training steps on GPUs; `make test-gpu` runs these where there is one."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.options.command_line import parse
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.distribution import DistributionConfig
from cgn_tf.training.loop import StepRunner
from cgn_tf.training.strategy import make_strategy

pytestmark = pytest.mark.gpu

STEPS = 3
FLAGS = [
    "--dataset=wildlife_mnist", "--digits=sklearn", "--textures=procedural", "--discriminator=conv",
    "--discriminator_width=16",
    "--optimizer=sgd", "--batch_size=16", "--dry_run",
]  # fmt: skip


@pytest.fixture(scope="module")
def gpus() -> list[str]:
    """The GPUs by name, memory growth on; skips where there is none."""
    make_strategy(DistributionConfig(strategy="one_device"))
    tf.config.experimental.enable_tensor_float_32_execution(False)  # which keeps 10 bits of a mantissa
    found = [device.name for device in tf.config.list_logical_devices("GPU")]
    if not found:
        pytest.skip("needs a GPU that TensorFlow sees, got none")
    return found


def after_steps(strategy: tf.distribute.Strategy, *flags: str, jit: bool = False) -> tuple[CGNTrainer, dict[str, Any]]:
    """A trainer after three steps, and the logs of the last one."""
    policy = keras.config.dtype_policy()
    try:
        config = parse(TrainConfig, [*FLAGS, *flags])
        trainer, _, global_batches = build_training(config, strategy)
        batches = iter(global_batches.distributed(0, strategy))
        steps = StepRunner(trainer, strategy, jit)
        logs: dict[str, Any] = {}
        for _ in range(STEPS):
            logs = steps(batches, 1)
        return trainer, logs
    finally:
        keras.config.set_dtype_policy(policy)


def difference(first: CGNTrainer, second: CGNTrainer) -> float:
    pairs = zip(first.cgn.variables, second.cgn.variables, strict=True)
    return max(float(np.abs(a.numpy() - b.numpy()).max()) for a, b in pairs)


def test_memory_grows(gpus: list[str]) -> None:
    for gpu in tf.config.list_physical_devices("GPU"):
        assert tf.config.experimental.get_memory_growth(gpu)


def test_a_gpu_equals_the_cpu(gpus: list[str]) -> None:
    on_cpu, _ = after_steps(tf.distribute.OneDeviceStrategy("/CPU:0"))
    on_gpu, _ = after_steps(tf.distribute.OneDeviceStrategy(gpus[0]))
    assert difference(on_cpu, on_gpu) < 1e-4


def test_jit_equals_plain(gpus: list[str]) -> None:
    plain, _ = after_steps(tf.distribute.OneDeviceStrategy(gpus[0]))
    compiled, _ = after_steps(tf.distribute.OneDeviceStrategy(gpus[0]), jit=True)
    assert difference(plain, compiled) < 1e-4


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision(gpus: list[str], precision: str) -> None:
    strategy = tf.distribute.OneDeviceStrategy(gpus[0])
    _, expected = after_steps(strategy)
    trainer, logs = after_steps(strategy, f"--mixed_precision={precision}")
    assert logs["loss/total"] == pytest.approx(expected["loss/total"], rel=0.1)
    assert all(np.isfinite(variable.numpy()).all() for variable in trainer.cgn.variables)


def test_two_gpus_equal_one(gpus: list[str]) -> None:
    if len(gpus) < 2:
        pytest.skip(f"needs two GPUs, got {len(gpus)}")
    one, _ = after_steps(tf.distribute.OneDeviceStrategy(gpus[0]))
    two, _ = after_steps(tf.distribute.MirroredStrategy(gpus[:2]))
    assert difference(one, two) < 1e-5
