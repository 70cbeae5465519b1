"""One step of a classifier against the formulas, taken outside it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.training.classifier_trainer import ClassifierTrainer


def trainer(optimizer: keras.optimizers.Optimizer | None = None, **kwargs: Any) -> ClassifierTrainer:
    keras.utils.set_random_seed(0)
    classifier = DigitClassifier()
    classifier.build()
    return ClassifierTrainer(classifier, optimizer or keras.optimizers.SGD(0.5), batch_size=6, **kwargs)


def batch(seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "image": tf.constant(random.uniform(-1, 1, (6, 32, 32, 3)), tf.float32),
        "label": tf.constant(random.integers(0, 10, 6), tf.int32),
        "environment": tf.constant([0, 1] * 3, tf.int32),
    }


def risks(model: ClassifierTrainer, multiplier: Any) -> list[Any]:
    """The mean cross entropy of each environment."""
    data = batch()
    logits = multiplier * model.classifier(data["image"], training=True)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(data["label"], logits)
    return [tf.reduce_mean(entropy[number::2]) for number in range(2)]


@pytest.mark.parametrize(("weight", "anneal"), [(None, 0), (0.5, 0), (40.0, 0), (40.0, 1)])
def test_a_step_goes_down_the_gradient(weight: float | None, anneal: int) -> None:
    irm = {} if weight is None else {"environments": 2, "irm_weight": weight, "irm_anneal_steps": anneal}
    model = trainer(**irm)
    variables = model.classifier.trainable_variables
    multiplier = tf.Variable(1.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as inner:
            first, second = risks(model, multiplier)
        entropy = (first + second) / 2
        penalty = sum(inner.gradient(risk, multiplier) ** 2 for risk in (first, second)) / 2
        now = 0.0 if weight is None else 1.0 if anneal else weight
        loss = (entropy + now * penalty) / max(now, 1.0)
    gradients = outer.gradient(loss, [variable.value for variable in variables])
    expected = [
        variable.numpy() - 0.5 * np.asarray(tf.convert_to_tensor(gradient))
        for variable, gradient in zip(variables, gradients, strict=True)
    ]
    assert float(model.settings().get("irm_weight", 0.0)) == now
    logs = {name: float(value) for name, value in tf.function(model.train_step)(batch()).items()}
    for variable, after in zip(variables, expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), after, rtol=1e-3, atol=1e-5, err_msg=variable.path)
    assert logs["loss/total"] == pytest.approx(float(loss), rel=1e-4)
    assert logs["raw/cross_entropy"] == pytest.approx(float(entropy), rel=1e-4)
    assert set(logs) == {"loss/total", "accuracy", "raw/cross_entropy"} | ({"raw/irm_penalty"} if irm else set())
    if irm:
        assert logs["raw/irm_penalty"] == pytest.approx(float(penalty), rel=1e-3)
        assert float(model.settings()["irm_weight"]) == weight


def test_the_accuracy_is_that_of_the_batch() -> None:
    model, data = trainer(), batch()
    logits = model.classifier(data["image"], training=True)
    labels = np.asarray(tf.argmax(logits, axis=1)).astype(np.int32)
    labels[:2] = (labels[:2] + 1) % 10
    logs = model.train_step(data | {"label": tf.constant(labels)})
    assert float(logs["accuracy"]) == pytest.approx(100 * 4 / 6)


def test_the_state_is_all_that_a_step_depends_on() -> None:
    def made() -> ClassifierTrainer:
        schedule = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5, staircase=True)
        return trainer(
            keras.optimizers.Adadelta(schedule, 0.9, 1e-6, name="adadelta"),
            environments=2,
            irm_weight=9.0,
            irm_anneal_steps=1,
        )

    first, second = made(), made()
    first.train_step(batch(1))
    for group, variables in first.state().items():
        for name, variable in variables.items():
            second.state()[group][name].assign(variable.numpy())
    assert float(second.settings()["learning_rate"]) == 0.5
    first.train_step(batch(2))
    second.train_step(batch(2))
    assert set(first.state()) == {"model", "training"}
    for group, variables in first.state().items():
        for name, variable in variables.items():
            np.testing.assert_array_equal(variable.numpy(), second.state()[group][name].numpy(), err_msg=name)


def test_environments_divide_the_batch() -> None:
    with pytest.raises(ValueError, match="environments: expected a divisor of 6 images, got 4"):
        trainer(environments=4)
