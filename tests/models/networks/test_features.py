from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.models.networks.squeezenet import squeezenet_classifier, squeezenet_features
from cgn_tf.ops.caffe import caffe_input
from cgn_tf.weights.assignment import named_variables


def images(size: int, batch: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (batch, size, size, 3)).astype(np.float32)


def parameters(model: keras.Model) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.variables)


def test_caffe_input() -> None:
    rgb = np.array([[[[-1.0, 0.0, 1.0]]]], np.float32)
    np.testing.assert_allclose(caffe_input(rgb, (104, 117, 123)), [[[[255 - 104, 127.5 - 117, -123]]]])


def test_vgg16_taps() -> None:
    network = FeatureNetwork("vgg16")
    taps = network(images(32))
    assert [tuple(tap.shape) for tap in taps] == [(2, 32, 32, 64), (2, 16, 16, 128), (2, 8, 8, 256), (2, 4, 4, 512)]
    assert all(float(np.min(tap)) >= 0 < float(np.max(tap)) for tap in taps)  # after the ReLU
    assert parameters(network) == 7_635_264  # torchvision's vgg16.features up to relu4_3


def test_squeezenet_taps() -> None:
    network = FeatureNetwork("squeezenet")
    shapes = [(13, 13, 96), (6, 6, 128), (6, 6, 256), (2, 2, 256)]
    assert [tuple(tap.shape)[1:] for tap in network(images(32))] == shapes
    assert parameters(network) == 14_208 + 11_920 + 12_432 + 45_344 + 49_440


@pytest.mark.parametrize(
    ("architecture", "taps", "count"),
    [("vgg16", [0], 38_720), ("vgg16", [1, 0], 260_160), ("squeezenet", [0], 14_208), ("squeezenet", [1], 38_560)],
)
def test_only_layers_up_to_the_deepest_tap_exist(architecture: str, taps: list[int], count: int) -> None:
    assert parameters(FeatureNetwork(architecture, taps)) == count


def test_the_order_of_taps_is_kept() -> None:
    network = FeatureNetwork("squeezenet", [2, 0])
    assert [tap.shape[-1] for tap in network(images(40))] == [256, 96]
    first = network.network.get_layer("conv1")(caffe_input(images(40), (104, 117, 123)))
    np.testing.assert_allclose(network(images(40))[1], first, rtol=1e-5, atol=1e-3)


def test_raw_input_is_left_alone() -> None:
    raw, caffe = FeatureNetwork("vgg16", [0], "raw"), FeatureNetwork("vgg16", [0])
    caffe.set_weights(raw.get_weights())
    prepared = caffe_input(images(8), (103.939, 116.779, 123.68))
    np.testing.assert_allclose(raw(prepared)[0], caffe(images(8))[0], rtol=1e-6)
    np.testing.assert_allclose(raw(images(8))[0], raw.network(images(8)), rtol=1e-6)
    assert np.abs(np.asarray(raw(images(8))[0]) - np.asarray(caffe(images(8))[0])).max() > 1


def test_enlarging_is_bilinear() -> None:
    small, large = FeatureNetwork("vgg16", [0], "raw", input_size=4), FeatureNetwork("vgg16", [0], "raw")
    large.set_weights(small.get_weights())
    image = np.zeros((1, 2, 2, 3), np.float32)
    image[0, :, 1] = 4.0
    enlarged = np.broadcast_to(np.float32([0, 1, 3, 4])[None, None, :, None], (1, 4, 4, 3))
    np.testing.assert_allclose(small(image)[0], large(enlarged)[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(small(enlarged)[0], large(enlarged)[0])  # of that size already
    with pytest.raises(ValueError, match="input_size 4 is smaller than the images"):
        small(images(5))


def test_frozen() -> None:
    network = FeatureNetwork("squeezenet", [1])
    assert network.trainable_variables == []
    assert len(network.non_trainable_variables) == 14


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="architecture: expected one of vgg16, squeezenet, got 'vgg19'"):
        FeatureNetwork("vgg19")
    with pytest.raises(ValueError, match="input_range: expected one of caffe, raw, got 'torch'"):
        FeatureNetwork("vgg16", input_range="torch")
    with pytest.raises(ValueError, match="input_size"):
        FeatureNetwork("vgg16", input_size=0)
    for taps in ([], [4], [-1], [1, 1]):
        with pytest.raises(ValueError, match="taps: expected different indices from 0 to 3"):
            FeatureNetwork("vgg16", taps)


def test_config_round_trip() -> None:
    network = FeatureNetwork("squeezenet", [1, 0], "raw", 48, [0.5, 2.0])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(network))
    assert again.tap_scales == [0.5, 2.0]
    assert (again.architecture, again.taps, again.input_range, again.input_size) == ("squeezenet", [1, 0], "raw", 48)
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(again(images(32))[0], network(images(32))[0])


def test_squeezenet_classifier() -> None:
    network = squeezenet_classifier()
    assert parameters(network) == 1_248_424  # published
    logits = np.asarray(network(images(64)))
    assert logits.shape == (2, 1000)
    assert logits.min() >= 0  # the mean of a ReLU
    features = squeezenet_features(9)
    for layer in features.layers:
        layer.set_weights(network.get_layer(layer.name).get_weights() if layer.weights else [])
    last = features(caffe_input(images(64), (104, 117, 123)))
    expected = np.mean(network.get_layer("conv10")(last), axis=(1, 2))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_one_tap_is_a_list_of_one_also_in_a_graph() -> None:
    network = FeatureNetwork("squeezenet", [0], "raw")
    (tap,) = network(images(32))
    assert tap.shape == (2, 13, 13, 96)
    (traced,) = tf.function(network)(tf.constant(images(32)))
    np.testing.assert_allclose(traced, tap, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("architecture", "taps"), [("vgg16", [2, 0, 1]), ("squeezenet", [3, 0, 1])])
def test_asked_taps_are_those_of_all(architecture: str, taps: list[int]) -> None:
    network = FeatureNetwork(architecture, taps, tap_scales=[1.0, 2.0, 4.0])
    paths = [variable.path for variable in network.variables]
    everything = dict(zip(taps, network(images(40)), strict=True))
    for asked in ([1], [0, 1], [1, taps[0]], taps):
        for tap, own in zip(asked, network(images(40), taps=asked), strict=True):
            np.testing.assert_allclose(own, everything[tap], rtol=1e-5, atol=1e-4)
    assert [variable.path for variable in network.variables] == paths
    assert list(named_variables(network.variables)) == paths
    assert network.trainable_variables == []


def test_nothing_behind_the_deepest_asked_tap_is_computed() -> None:
    network = FeatureNetwork("vgg16")

    def convolutions(taps: list[int] | None) -> int:
        traced = tf.function(lambda x: network(x, taps=taps)).get_concrete_function(tf.TensorSpec((1, 32, 32, 3)))
        return sum(operation.type == "Conv2D" for operation in traced.graph.get_operations())

    assert [convolutions(taps) for taps in ([0], [1], [1, 2], [3], None)] == [2, 4, 7, 10, 10]


def test_tap_scales() -> None:
    network = FeatureNetwork("squeezenet", [1, 0])
    assert network.tap_scales is None
    first, second = network(images(32))
    network.tap_scales = [0.5, 3]
    for scaled, expected in zip(network(images(32)), (0.5 * first, 3 * second), strict=True):
        np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_allclose(network(images(32), taps=[0])[0], 3 * second, rtol=1e-4, atol=1e-3)
    network.tap_scales = None
    np.testing.assert_array_equal(network(images(32))[1], second)


def test_bad_taps_and_scales() -> None:
    network = FeatureNetwork("squeezenet", [1, 0])
    for taps in ([], [2], [0, 2]):
        with pytest.raises(ValueError, match=r"taps: expected some of \[1, 0\], at least one, got"):
            network(images(32), taps=taps)
    for scales in ([1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float("nan")], []):
        with pytest.raises(ValueError, match="tap_scales: expected 2 positive numbers, one a tap"):
            FeatureNetwork("squeezenet", [1, 0], tap_scales=scales)
