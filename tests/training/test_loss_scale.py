"""Loss scaling: true gradients, skipped steps, a scale that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cgn_tf.training.loss_scale import LossScale

Make = Callable[..., Any]


def test_updates_and_skips() -> None:
    weight = keras.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build([weight])
    scale = LossScale(initial=8.0, growth_steps=2)

    @tf.function(autograph=False)
    def step(slope: Any) -> None:
        with tf.GradientTape() as tape:
            loss = scale.scaled(tf.reduce_sum(weight * slope))
        scale.apply(lambda gradients: optimizer.apply(gradients, [weight]), tape.gradient(loss, [weight.value]))

    history = []
    for slope in (1.0, np.inf, 1.0, np.nan, 1.0, 1.0, 1.0):
        step(tf.constant(slope))
        history.append((weight.numpy()[0], float(scale.scale), int(scale.good_steps), int(optimizer.iterations)))
    assert history == [
        (0.5, 8.0, 1, 1), (0.5, 4.0, 0, 1), (0.0, 4.0, 1, 2), (0.0, 2.0, 0, 2), (-0.5, 2.0, 1, 3), (-1.0, 4.0, 0, 4),
        (-1.5, 4.0, 1, 5),
    ]  # fmt: skip


def test_the_scale_never_falls_below_one() -> None:
    scale = LossScale(initial=1.0)
    scale.apply(lambda gradients: None, [tf.constant(np.inf)])
    assert float(scale.scale) == 1.0


def test_a_scaled_step_is_the_step(make_trainer: Make, make_batch: Make) -> None:
    plain, scaled = make_trainer(ema_decay=0.5), make_trainer(ema_decay=0.5, loss_scale=LossScale(1024.0))
    logs = [trainer.train_step(make_batch()) for trainer in (plain, scaled)]
    for name, value in logs[0].items():
        np.testing.assert_allclose(logs[1][name], value, rtol=1e-5, err_msg=name)
    for group, variables in plain.state().items():
        for name, variable in variables.items():
            other = scaled.state()[group][name]
            np.testing.assert_allclose(other.numpy(), variable.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_it_is_part_of_state_and_logs(make_trainer: Make) -> None:
    trainer = make_trainer(loss_scale=LossScale(64.0))
    assert float(trainer.settings()["loss_scale"]) == 64.0
    saved = [name for name in trainer.state()["training"] if name.startswith("loss_scale/")]
    assert len(saved) == 2
