"""One training step against gradients taken outside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.losses.adversarial import AdversarialOptions
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.step_settings import StepSettings
from cgn_tf.types import Triplet
from tests.losses.summed import summed

Make = Callable[..., CGNTrainer]
Batch = Callable[..., dict[str, Any]]


def values(variables: Any) -> dict[str, np.ndarray]:
    return {variable.path: variable.numpy() for variable in variables}


def mechanism_loss(trainer: CGNTrainer, batch: dict[str, Any]) -> Any:
    """The formula of the paper's digits, written out."""
    composite = trainer.cgn(batch["noise"], batch["generated_label"], offsets=batch["offsets"], training=True)
    m, loss = composite.mask, 0.0
    if trainer.discriminator is not None:
        scores = trainer.discriminator(composite.image, batch["generated_label"], **batch["fake_random_inputs"])
        loss += tf.reduce_mean((scores - 1) ** 2)
    loss += 0.3 * -tf.reduce_mean(m * tf.math.log(m) + (1 - m) * tf.math.log(1 - m)) / np.log(2)
    return loss + 2 * tf.reduce_mean(tf.abs(composite.image - batch["image"])), composite.image


@pytest.mark.parametrize("discriminator", [True, False])
@pytest.mark.parametrize("owner", Triplet._fields)
def test_each_optimizer_moves_its_own_mechanism(
    make_trainer: Make, make_batch: Batch, owner: str, discriminator: bool
) -> None:
    trainer, batch = make_trainer(discriminator, embedding_owner=owner), make_batch()
    rates = dict(zip(Triplet._fields, (0.1, 0.2, 0.3), strict=True))
    with tf.GradientTape() as tape:
        loss, _ = mechanism_loss(trainer, batch)
    variables = trainer.cgn.trainable_variables
    gradients = tape.gradient(loss, variables)
    expected = {}
    for variable, gradient in zip(variables, gradients, strict=True):
        parts = variable.path.split("/")
        rate = rates[owner] if "label_embedding" in parts else rates[next(f for f in Triplet._fields if f in parts)]
        expected[variable.path] = variable.numpy() - rate * tf.convert_to_tensor(gradient).numpy()
    logs = tf.function(trainer.train_step)(batch)
    for path, after in values(variables).items():
        np.testing.assert_allclose(after, expected[path], rtol=1e-3, atol=2e-5, err_msg=path)
    assert float(logs["loss/total"]) == pytest.approx(float(loss), rel=1e-5)


def test_the_discriminator_learns_from_real_and_fake(make_trainer: Make, make_batch: Batch) -> None:
    trainer, batch = make_trainer(), make_batch()
    assert trainer.discriminator is not None
    _, fake = mechanism_loss(trainer, batch)
    with tf.GradientTape() as tape:
        real_scores = trainer.discriminator(batch["image"], batch["label"], **batch["real_random_inputs"])
        fake_scores = trainer.discriminator(fake, batch["generated_label"], **batch["fake_random_inputs"])
        loss = (tf.reduce_mean((real_scores - 1) ** 2) + tf.reduce_mean(fake_scores**2)) / 2
    variables = trainer.discriminator.trainable_variables
    gradients = tape.gradient(loss, variables)
    expected = [
        variable.numpy() - 0.5 * tf.convert_to_tensor(gradient).numpy()
        for variable, gradient in zip(variables, gradients, strict=True)
    ]
    logs = trainer.train_step(batch)
    assert float(logs["loss/discriminator"]) == pytest.approx(float(loss), rel=1e-5)
    for variable, after in zip(variables, expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), after, rtol=1e-3, atol=1e-5, err_msg=variable.path)


def test_the_discriminator_alone_sees_the_added_noise(make_trainer: Make, make_batch: Batch) -> None:
    batch = make_batch()
    shift = {name: tf.random.stateless_normal((4, 32, 32, 3), (7, i)) for i, name in enumerate(("fake", "real"))}
    noisy = batch | {f"{name}_instance_noise": noise for name, noise in shift.items()}
    plain, seen = make_trainer().train_step(batch), make_trainer().train_step(noisy)
    assert float(plain["raw/reconstruction"]) == float(seen["raw/reconstruction"])
    assert float(plain["raw/adversarial"]) != float(seen["raw/adversarial"])
    real_only = make_trainer().train_step(batch | {"real_instance_noise": shift["real"]})
    shifted = make_trainer().train_step(batch | {"image": batch["image"] + shift["real"]})
    assert float(real_only["loss/discriminator"]) == pytest.approx(float(shifted["loss/discriminator"]), rel=1e-6)


def test_logs(make_trainer: Make, make_batch: Batch) -> None:
    trainer = make_trainer()
    before = trainer.cgn(make_batch()["noise"], make_batch()["generated_label"], training=True)
    logs = {name: float(value) for name, value in trainer.train_step(make_batch()).items()}
    names = ("adversarial", "binary_entropy", "reconstruction")
    assert set(logs) == {
        "loss/total", "loss/discriminator", "mask/mean", "mask/near_0", "mask/near_1",
        *(f"raw/{name}" for name in names), *(f"weighted/{name}" for name in names),
    }  # fmt: skip
    assert logs["weighted/reconstruction"] == pytest.approx(2 * logs["raw/reconstruction"])
    assert logs["loss/total"] == pytest.approx(sum(logs[f"weighted/{name}"] for name in names), rel=1e-5)
    mask = np.asarray(before.mask)
    assert logs["mask/mean"] == pytest.approx(mask.mean(), rel=1e-4)
    assert logs["mask/near_0"] == pytest.approx((mask < 0.1).mean(), rel=1e-3)
    assert logs["mask/near_1"] == pytest.approx((mask > 0.9).mean(), rel=1e-3)


def test_frozen_norms_make_training_images_those_of_generation(make_trainer: Make, make_batch: Batch) -> None:
    trainer, batch = make_trainer(freeze_batch_norm_after=3), make_batch()
    assert trainer.phases.boundaries == (3,)
    trainer.train_step(batch)
    expected = trainer.cgn(batch["noise"], batch["generated_label"], offsets=batch["offsets"])
    error = tf.reduce_mean(tf.abs(expected.image - batch["image"]))
    before = values(trainer.cgn.variables)
    logs = trainer.train_step(batch, phase=1)
    np.testing.assert_allclose(logs["raw/reconstruction"], error, rtol=1e-5)
    np.testing.assert_allclose(logs["mask/mean"], tf.reduce_mean(expected.mask), rtol=1e-5)
    for variable in trainer.cgn.variables:
        if variable.path.endswith(("moving_mean", "moving_variance")):
            np.testing.assert_array_equal(variable, before[variable.path], err_msg=variable.path)
    kernel = trainer.cgn.texture_mechanism.to_image.kernel
    assert np.ptp(kernel.numpy() - before[kernel.path]) > 0


def test_moving_average(make_trainer: Make, make_batch: Batch) -> None:
    trainer = make_trainer(ema_decay=0.9)
    assert trainer.generator is not trainer.cgn
    start = trainer.cgn.get_weights()
    trainer.train_step(make_batch())
    for average, first, now in zip(trainer.generator.get_weights(), start, trainer.cgn.get_weights(), strict=True):
        np.testing.assert_allclose(average, 0.9 * first + 0.1 * now, rtol=1e-5, atol=1e-6)
    assert set(trainer.state()) == {"model", "ema", "training"}
    assert make_trainer().generator is not None
    assert set(make_trainer().state()) == {"model", "training"}


def test_the_state_is_all_that_a_step_depends_on(make_trainer: Make, make_batch: Batch) -> None:
    def step(trainer: CGNTrainer, seed: int) -> None:
        trainer.train_step(make_batch(seed))

    first, second = make_trainer(ema_decay=0.5), make_trainer(ema_decay=0.5)
    step(first, 1)
    for group, variables in first.state().items():
        for name, variable in variables.items():
            second.state()[group][name].assign(variable.numpy())
    step(first, 2)
    step(second, 2)
    for group, variables in first.state().items():
        for name, variable in variables.items():
            np.testing.assert_array_equal(variable.numpy(), second.state()[group][name].numpy(), err_msg=name)


def test_learning_rates(make_trainer: Make) -> None:
    rates = {name: float(rate) for name, rate in make_trainer().settings().items()}
    assert rates == pytest.approx(
        {"learning_rate/shape": 0.1, "learning_rate/texture": 0.2, "learning_rate/background": 0.3}
        | {"learning_rate/discriminator": 0.5}
    )


def test_contradictions() -> None:
    cgn = digit_cgn()
    cgn.build()
    optimizers = {name: keras.optimizers.SGD(0.1) for name in Triplet._fields}
    settings = StepSettings(batch_size=4)
    with pytest.raises(ValueError, match=r"expected an optimizer for each of shape, texture, background, .* got"):
        CGNTrainer(cgn, summed(), optimizers | {"discriminator": keras.optimizers.SGD(0.1)}, settings=settings)
    with pytest.raises(ValueError, match="and a discriminator with its loss"):
        CGNTrainer(cgn, summed(), optimizers, settings=settings, discriminator_loss=lambda real, fake: fake)
    with pytest.raises(ValueError, match="embedding_owner: expected one of"):
        CGNTrainer(cgn, summed(), optimizers, settings=StepSettings(batch_size=4, embedding_owner="mask"))
    trainer = CGNTrainer(cgn, summed(AdversarialOptions(1.0)), optimizers, settings=settings)
    noise, label = np.zeros((4, 32), np.float32), np.zeros(4, np.int32)
    with pytest.raises(ValueError, match="fake_scores: expected the scores of a discriminator, got None"):
        trainer.train_step({"noise": noise, "generated_label": label})
