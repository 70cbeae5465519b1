"""Networks of keras.applications, runs of this program, and networks with PyTorch's published weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.classifiers.predictions import decoded_batches, traced
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.models.networks.digit_classifier import DigitClassifier

# Keras' own, when it saves
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")

Saved = Callable[[keras.Model, Path, int], Path]


def test_keras_applications_from_a_file(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    network = keras.applications.MobileNet(weights=None, classifier_activation=None)
    network.save_weights(tmp_path / "mobilenet.weights.h5")
    classifier = ClassifierConfig("keras:MobileNet", str(tmp_path / "mobilenet.weights.h5")).load()
    assert (classifier.name, classifier.num_classes, classifier.geometry.size) == ("MobileNet", 1000, 224)
    assert classifier.geometry.resized == 256
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    prepared = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32))
    expected = network(prepared, training=False)
    np.testing.assert_allclose(traced(classifier.network)(pixels)[:, 0], expected, atol=1e-5)


def test_keras_applications_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"got keras:Resnet50; did you mean ResNet50"):
        ClassifierConfig("keras:Resnet50", "imagenet")
    with pytest.raises(CommandError, match="expects imagenet, which downloads its weights, or the path"):
        ClassifierConfig("keras:MobileNet").load()
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(CommandError, match=r"other\.weights\.h5\) cannot be had") as caught:
        ClassifierConfig("keras:MobileNet", str(tmp_path / "other.weights.h5")).load()
    assert "\n" not in str(caught.value)


def test_a_run_of_this_program(saved: Saved, untrained: Path, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = DigitClassifier(3, 16)
    model.build()
    saved(model, tmp_path / "run", 5)
    classifier = ClassifierConfig("run", str(tmp_path / "run")).load()
    assert (classifier.name, classifier.num_classes, classifier.geometry.size) == ("run", 3, 16)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    np.testing.assert_allclose(traced(classifier.network)(pixels)[:, 0], model(pixels / 127.5 - 1.0), atol=1e-5)
    with pytest.raises(CommandError, match="expected a classifier of train_classifier, got a CGN"):
        ClassifierConfig("run", str(untrained)).load()
    with pytest.raises(CommandError, match="got none"):
        ClassifierConfig("run").load()


def test_efficientnet_lite0_knows_a_photograph(shared: Path) -> None:
    classifier = ClassifierConfig(
        "efficientnet_lite0", str(shared / "weights" / "efficientnet-lite0-57934424.pth")
    ).load()
    files = sorted((shared / "data" / "imagenet_sample").glob("*_flamingo.JPEG"))
    (pixels,) = decoded_batches(files, classifier.geometry.square, 1)
    assert traced(classifier.network)(pixels)[0, 0].argmax() == 130
    assert classifier.features is not None
    assert classifier.features(np.zeros((1, 224, 224, 3), np.float32)).shape == (1, 1280)


def test_weights_of_another_network(shared: Path) -> None:
    weights = str(shared / "weights" / "efficientnet-lite0-57934424.pth")
    with pytest.raises(CommandError, match=r"`classifier=resnet50` expects the path of .*got those of Effici"):
        ClassifierConfig("resnet50", weights).load()
