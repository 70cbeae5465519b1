from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.ops.resize import resize_antialiased
from cgn_tf.weights.assignment import named_variables


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


@pytest.fixture(scope="module")
def small() -> U2Net:
    """U²-NetP with batch norms that do something."""
    keras.utils.set_random_seed(0)
    network = U2Net("u2netp")
    network.build(None)
    random = np.random.default_rng(1)
    for path, variable in named_variables(network.variables).items():
        if "/norm/" in path:
            spread = random.normal(0, 0.1, variable.shape)
            variable.assign(spread + 1 if path.endswith(("gamma", "moving_variance")) else spread)
    return network


@pytest.mark.parametrize(("variant", "parameters"), [("u2net", 44_009_869), ("u2netp", 1_131_181)])
def test_published_sizes(variant: Any, parameters: int) -> None:
    network = U2Net(variant)
    network.build(None)
    variables = named_variables(network.variables)
    assert sum(variable.numpy().size for path, variable in variables.items() if "moving" not in path) == parameters
    assert len(variables) == 686  # 112 blocks of six, 7 convolutions of two
    assert {"u2net/stage1/conv_in/kernel", "u2net/stage5d/decode3/norm/gamma", "u2net/outconv/bias"} <= set(variables)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (33, 50), (64, 32)])
def test_any_size(small: U2Net, size: tuple[int, int]) -> None:
    mask = np.asarray(small(images(2, *size, 3)))
    assert mask.shape == (2, *size, 1)
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert small.compute_output_shape((None, *size, 3)) == (None, *size, 1)


def test_folded_equals_unfolded(small: U2Net) -> None:
    folded = for_inference(small)
    assert len(folded.variables) == 2 * 119
    assert {v.path for v in folded.variables} == {v.path for v in small.variables if v.name in ("kernel", "bias")}
    x = images(2, 45, 62, 3)
    expected = np.asarray(small(x))
    assert expected.std() > 0.01
    np.testing.assert_array_equal(np.asarray(folded(x)), expected)
    np.testing.assert_allclose(np.asarray(tf.function(folded)(x)), expected, rtol=0, atol=1e-5)
    assert for_inference(folded) is folded


def test_frozen_but_the_gradient_reaches_the_image(small: U2Net) -> None:
    for network in (small, for_inference(small)):
        assert not network.trainable_variables
        assert not any(variable.trainable for variable in network.variables)
        x, direction = tf.constant(images(1, 32, 32, 3)), images(1, 32, 32, 3) * 1e-2

        def loss(x: Any, network: U2Net = network) -> Any:
            return tf.reduce_sum(network(x))

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loss(x)
        slope = float(tf.reduce_sum(tape.gradient(y, x) * direction))
        assert slope == pytest.approx(float(loss(x + direction) - loss(x - direction)) / 2, rel=0.05)
        assert abs(slope) > 1e-3


def with_input(network: U2Net, **config: Any) -> U2Net:
    """The same weights behind another input."""
    found = U2Net(**{**network.get_config(), **config})
    found.build()
    found.set_weights(network.get_weights())
    return found


def test_imagenets_normalisation(small: U2Net) -> None:
    pixels = np.random.default_rng(2).uniform(0, 0.6, (3, 20, 28, 3)).astype(np.float32)
    pixels[1] *= 0.2  # each image is divided by its own maximum
    pixels[2] = 0.0
    peaks = np.array([pixels[0].max(), pixels[1].max(), 1.0], np.float32)[:, None, None, None]
    normalised = (pixels / peaks - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    found = np.asarray(with_input(small, normalisation="imagenet")(2 * pixels - 1))
    np.testing.assert_allclose(found, np.asarray(small(normalised.astype(np.float32))), rtol=0, atol=1e-5)
    assert np.std(found[0]) > 0.01


def test_an_input_size_of_its_own(small: U2Net) -> None:
    resizing, x = with_input(small, input_size=32), images(2, 50, 23, 3)
    expected = resize_antialiased(small(resize_antialiased(x, (32, 32))), (50, 23))
    np.testing.assert_array_equal(np.asarray(resizing(x)), np.asarray(expected))
    square = images(1, 32, 32, 3)
    np.testing.assert_array_equal(np.asarray(resizing(square)), np.asarray(small(square)))
    folded = for_inference(resizing)
    assert (folded.input_size, folded.normalisation) == (32, "raw")
    np.testing.assert_array_equal(np.asarray(folded(x)), np.asarray(expected))


@pytest.mark.parametrize("size", [16, 48])
def test_the_gradient_passes_resizing_and_normalisation(size: int, small: U2Net) -> None:
    network = with_input(small, input_size=size, normalisation="imagenet")
    rows, columns = np.mgrid[:32, :32] / 32
    direction = (0.004 * np.stack([rows, columns - rows, -columns], axis=-1))[None].astype(np.float32)
    x = tf.constant(images(1, 32, 32, 3) / 2)

    def loss(x: Any) -> Any:
        return tf.reduce_sum(network(x))

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = loss(x)
    gradient = tape.gradient(y, x)
    slope = float(tf.reduce_sum(gradient * direction))
    assert slope == pytest.approx(float(loss(x + direction) - loss(x - direction)) / 2, rel=0.1)
    assert np.count_nonzero(gradient) == 32 * 32 * 3


def test_a_black_image_has_a_gradient(small: U2Net) -> None:
    x = tf.fill((1, 16, 16, 3), -1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = with_input(small, normalisation="imagenet")(x)
    assert np.isfinite(np.asarray(y)).all()
    assert np.isfinite(np.asarray(tape.gradient(y, x))).all()


def test_statistics_do_not_move(small: U2Net) -> None:
    before = [variable.numpy() for variable in small.variables]
    small(images(1, 16, 16, 3), training=True)
    for variable, value in zip(small.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_configuration_round_trip() -> None:
    network = U2Net("u2netp", align_corners=False, batch_norm=False, name="mask_network")
    config = keras.saving.serialize_keras_object(network)
    again = keras.saving.deserialize_keras_object(config)
    assert isinstance(again, U2Net)
    assert again.get_config() == network.get_config()
    assert (again.variant, again.align_corners, again.batch_norm) == ("u2netp", False, False)
    assert not again.stages["stage3d"].align_corners
    assert U2Net("u2netp").get_config() == {
        "name": "u2net", "variant": "u2netp", "align_corners": True, "batch_norm": True, "input_size": None,
        "normalisation": "raw",
    }  # fmt: skip
    former = {"name": "u2net", "variant": "u2netp", "align_corners": True, "batch_norm": True}
    assert U2Net.from_config(former).get_config() == U2Net("u2netp").get_config()


def test_what_cannot_work_is_refused(small: U2Net) -> None:
    with pytest.raises(ValueError, match="expected the variant u2net or u2netp, got 'u2netq'"):
        U2Net("u2netq")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected the normalisation raw or imagenet, got 'caffe'"):
        U2Net("u2netp", normalisation="caffe")
    with pytest.raises(ValueError, match="expected an input size of 1 or more pixels or None, got 0"):
        U2Net("u2netp", input_size=0)
    with pytest.raises(ValueError, match="without variables; call build"):
        for_inference(U2Net("u2netp"))
    with pytest.raises(ValueError, match="known H and W"):
        tf.function(small).get_concrete_function(tf.TensorSpec((1, None, None, 3)))
