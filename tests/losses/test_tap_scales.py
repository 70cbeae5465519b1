from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.losses.content import content
from cgn_tf.losses.style import style
from cgn_tf.losses.tap_scales import scales_for_means
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.ops.gram import gram
from cgn_tf.weights.feature_weights import load_feature_weights

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 40, 40, 3)).astype(np.float32)


def network(taps: list[int], input_range: str = "caffe") -> FeatureNetwork:
    features = FeatureNetwork("squeezenet", taps, input_range)
    load_feature_weights(features, "random")
    return features


def test_the_means_are_the_wanted_ones() -> None:
    features = network([2, 0])
    scales = scales_for_means(features, IMAGES, [0.25, 3.0])
    features.tap_scales = scales
    np.testing.assert_allclose([np.mean(tap) for tap in features(IMAGES)], [0.25, 3.0], rtol=1e-4)
    # scales that it has already do not count
    np.testing.assert_allclose(scales_for_means(features, IMAGES, [0.25, 3.0]), scales, rtol=1e-4)
    np.testing.assert_allclose(scales_for_means(features, IMAGES, [0.5, 1.5]), np.multiply(scales, [2, 0.5]), rtol=1e-4)


def test_by_hand() -> None:
    """A convolution that adds up a patch of ones, in the half of its channels that are not negative."""
    features = FeatureNetwork("vgg16", [0], "raw")
    for layer in features.network.layers[1:]:
        kernel, bias = (np.zeros(variable.shape, np.float32) for variable in layer.variables)
        kernel[1, 1, :3, :32] = 1
        kernel[1, 1, :3, 32:] = -1
        layer.set_weights([kernel, bias])
    ones = np.ones(
        (2, 4, 4, 3), np.float32
    )  # 3 after the first convolution, 9 after the second; 0 in half the channels
    assert scales_for_means(features, ones, [9.0]) == pytest.approx([2.0])


def test_gram_terms_scale_with_the_square() -> None:
    plain, scaled = network([0]), network([0])
    scaled.tap_scales = [0.5]
    for loss, reference, factor in ((style, gram, 0.25), (content, lambda tap: tap, 0.5)):
        values = [
            loss(features(IMAGES[:1]), [reference(tap) for tap in features(IMAGES[1:2])], [0.1])
            for features in (scaled, plain)
        ]
        np.testing.assert_allclose(values[0], factor * np.asarray(values[1]), rtol=1e-3)


def test_a_published_weight_keeps_its_meaning() -> None:
    """The same network on inputs of another magnitude: with the same means, the losses are the same."""
    published, ours = network([0], "raw"), network([0], "raw")
    kernel, bias = ours.get_weights()
    ours.set_weights([200 * kernel, 200 * bias])
    ours.tap_scales = scales_for_means(ours, IMAGES, [np.mean(published(IMAGES)[0])])
    values = [
        np.asarray(style(features(IMAGES[:1]), [gram(features(IMAGES[1:2])[0])], [4.0]))
        for features in (published, ours)
    ]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-3)


def test_refused() -> None:
    features = network([0, 1])
    for means in ([1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float("inf")], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="means: expected 2 positive numbers, one a tap"):
            scales_for_means(features, IMAGES, means)
    with pytest.raises(ValueError, match="images: expected at least one"):
        scales_for_means(features, IMAGES[:0], [1.0, 1.0])
    features.set_weights([np.zeros_like(weight) for weight in features.get_weights()])
    with pytest.raises(ValueError, match=r"tap 0 of squeezenet: expected a positive mean .* over 3 images, got 0\.0"):
        scales_for_means(features, IMAGES, [1.0, 1.0])
