from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.models.contract import DiscriminatorRequest, DropoutMask
from cgn_tf.models.discriminators.conv import ConvDiscriminator
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.models.discriminators.projection import ProjectionDiscriminator
from cgn_tf.models.discriminators.registry import DISCRIMINATORS as REGISTERED

DISCRIMINATORS = (LinearDiscriminator, ConvDiscriminator, ProjectionDiscriminator)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)


def built(kind: Any, **kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    discriminator = kind(**kwargs)
    discriminator(images(1), np.int32([0]))
    return discriminator


@pytest.mark.parametrize(("kind", "parameters"), [(LinearDiscriminator, 2_104_421), (ConvDiscriminator, 413_642)])
def test_published_parameter_counts(kind: Any, parameters: int) -> None:
    assert sum(int(np.prod(variable.shape)) for variable in built(kind).trainable_variables) == parameters


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_one_score_an_image_that_depends_on_the_label(kind: Any) -> None:
    discriminator = built(kind)
    scores = np.asarray(discriminator(images(3), np.int32([1, 2, 3])))
    assert scores.shape == (3,)
    assert np.abs(scores - np.asarray(discriminator(images(3), np.int32([4, 5, 6])))).min() > 0


def test_batch_of_one() -> None:
    assert built(ConvDiscriminator)(images(1), np.int32([1])).shape == (1,)


def test_dropout_masks_come_from_outside() -> None:
    discriminator = built(LinearDiscriminator, width=8)
    assert discriminator.random_inputs == {"dropout_mask": DropoutMask((2, 8), 0.4)}
    keep = np.ones((2, 2, 8), np.float32)
    keep[0, 0, :] = 0
    plain, dropped = (
        np.asarray(discriminator(images(2), np.int32([1, 2]), dropout_mask=k)) for k in (np.ones_like(keep), keep)
    )
    assert plain[0] != dropped[0]
    assert plain[1] == dropped[1]
    # with every unit of the last hidden layer dropped the score's bias alone is left
    keep[:, 1, :] = 0
    np.testing.assert_array_equal(
        discriminator(images(2), np.int32([1, 2]), dropout_mask=keep), np.repeat(discriminator.score.bias, 2)
    )
    # kept units are divided by the share of the kept: the last layer, alone, is linear in that factor
    discriminator.score.bias.assign([0.0])
    scale = 1 / (1 - LinearDiscriminator.dropout_rate)
    discriminator.hidden[1].bias.assign(np.zeros(8))
    discriminator.hidden[2].bias.assign(np.zeros(8))
    np.testing.assert_allclose(
        discriminator(images(2), np.int32([1, 2]), dropout_mask=np.ones((2, 2, 8), np.float32)),
        np.asarray(discriminator(images(2), np.int32([1, 2]))) * scale**2,
        rtol=1e-4,
    )


@pytest.mark.parametrize("kind", [ConvDiscriminator, ProjectionDiscriminator])
def test_no_dropout(kind: Any) -> None:
    assert built(kind).random_inputs == {}
    with pytest.raises(TypeError, match="dropout_mask"):
        built(kind)(images(1), np.int32([0]), dropout_mask=np.ones((1, 2, 512), np.float32))


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_round_trip_of_the_configuration(kind: Any) -> None:
    discriminator = built(kind)
    again = kind.from_config(discriminator.get_config())
    again(images(1), np.int32([0]))
    again.set_weights(discriminator.get_weights())
    np.testing.assert_array_equal(again(images(2), np.int32([1, 2])), discriminator(images(2), np.int32([1, 2])))


def test_projection() -> None:
    discriminator = built(ProjectionDiscriminator)
    plain = np.asarray(discriminator(images(2), np.int32([1, 2])))
    discriminator.label_embedding.embeddings.assign(np.zeros((10, 2048), np.float32))
    unconditional = np.asarray(discriminator(images(2), np.int32([1, 2])))
    assert np.abs(plain - unconditional).min() > 0
    discriminator.label_embedding.embeddings.assign(np.tile(np.asarray(discriminator.score.kernel).T, (10, 1)))
    bias = float(discriminator.score.bias[0])
    np.testing.assert_allclose(discriminator(images(2), np.int32([3, 4])), 2 * (unconditional - bias) + bias, atol=1e-5)


@pytest.mark.parametrize("name", list(REGISTERED))
@pytest.mark.parametrize("size", [32, 64])
def test_registered_ones_judge_the_size_and_the_classes_that_they_are_made_for(name: str, size: int) -> None:
    part = REGISTERED[name]
    discriminator = part.make(part.options(), DiscriminatorRequest(3, size))
    judged = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    assert discriminator(judged, np.int32([0, 2])).shape == (2,)


def test_a_projection_needs_whole_maps() -> None:
    with pytest.raises(ValueError, match="image_size: expected a multiple of 8 pixels, got 36"):
        ProjectionDiscriminator(image_size=36)
