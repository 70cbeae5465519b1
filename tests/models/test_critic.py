from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.models.critic import ConvCritic, LinearCritic, ProjectionCritic

CRITICS = (LinearCritic, ConvCritic, ProjectionCritic)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)


def built(kind: Any, **kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    critic = kind(**kwargs)
    critic(images(1), np.int32([0]))
    return critic


@pytest.mark.parametrize(("kind", "parameters"), [(LinearCritic, 2_104_421), (ConvCritic, 413_642)])
def test_published_parameter_counts(kind: Any, parameters: int) -> None:
    assert sum(int(np.prod(variable.shape)) for variable in built(kind).trainable_variables) == parameters


@pytest.mark.parametrize("kind", CRITICS)
def test_one_score_an_image_that_depends_on_the_label(kind: Any) -> None:
    critic = built(kind)
    scores = np.asarray(critic(images(3), np.int32([1, 2, 3])))
    assert scores.shape == (3,)
    assert np.abs(scores - np.asarray(critic(images(3), np.int32([4, 5, 6])))).min() > 0


def test_batch_of_one() -> None:
    assert built(ConvCritic)(images(1), np.int32([1])).shape == (1,)


def test_dropout_masks_come_from_outside() -> None:
    critic = built(LinearCritic, width=8)
    keep = np.ones((2, 2, 8), np.float32)
    keep[0, 0, :] = 0
    plain, dropped = (np.asarray(critic(images(2), np.int32([1, 2]), keep=k)) for k in (np.ones_like(keep), keep))
    assert plain[0] != dropped[0]
    assert plain[1] == dropped[1]
    # with every unit of the last hidden layer dropped the score's bias alone is left
    keep[:, 1, :] = 0
    np.testing.assert_array_equal(critic(images(2), np.int32([1, 2]), keep=keep), np.repeat(critic.score.bias, 2))
    # kept units are divided by the share of the kept: the last layer, alone, is linear in that factor
    critic.score.bias.assign([0.0])
    scale = 1 / (1 - LinearCritic.dropout_rate)
    critic.hidden[1].bias.assign(np.zeros(8))
    critic.hidden[2].bias.assign(np.zeros(8))
    np.testing.assert_allclose(
        critic(images(2), np.int32([1, 2]), keep=np.ones((2, 2, 8), np.float32)),
        np.asarray(critic(images(2), np.int32([1, 2]))) * scale**2,
        rtol=1e-4,
    )


@pytest.mark.parametrize("kind", [ConvCritic, ProjectionCritic])
def test_no_dropout(kind: Any) -> None:
    with pytest.raises(ValueError, match="has no dropout"):
        built(kind)(images(1), np.int32([0]), keep=np.ones((1, 2, 512), np.float32))


@pytest.mark.parametrize("kind", CRITICS)
def test_round_trip_of_the_configuration(kind: Any) -> None:
    critic = built(kind)
    again = kind.from_config(critic.get_config())
    again(images(1), np.int32([0]))
    again.set_weights(critic.get_weights())
    np.testing.assert_array_equal(again(images(2), np.int32([1, 2])), critic(images(2), np.int32([1, 2])))


def test_projection() -> None:
    critic = built(ProjectionCritic)
    plain = np.asarray(critic(images(2), np.int32([1, 2])))
    critic.label_embedding.embeddings.assign(np.zeros((10, 2048), np.float32))
    unconditional = np.asarray(critic(images(2), np.int32([1, 2])))
    assert np.abs(plain - unconditional).min() > 0
    critic.label_embedding.embeddings.assign(np.tile(np.asarray(critic.score.kernel).T, (10, 1)))
    bias = float(critic.score.bias[0])
    np.testing.assert_allclose(critic(images(2), np.int32([3, 4])), 2 * (unconditional - bias) + bias, atol=1e-5)
