"""What Keras is set to: commands choose it, networks hold it to what they are made for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import cgn_tf
from cgn_tf import keras_settings
from cgn_tf.checkpoints.loading import load_with_source
from cgn_tf.evaluation.accuracy import predictions
from cgn_tf.evaluation.mask_classifier import train_mask_classifier
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.keras_settings import KerasSettingsError
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.discriminators.conv import ConvDiscriminator
from cgn_tf.models.discriminators.linear import LinearDiscriminator
from cgn_tf.models.discriminators.projection import ProjectionDiscriminator
from cgn_tf.models.discriminators.spectral import SpectralDiscriminator
from cgn_tf.models.mechanisms.conv import ConvMechanism
from cgn_tf.models.network import Network
from cgn_tf.models.networks import squeezenet
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.models.networks.efficientnet_lite import EfficientNetLite
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.models.networks.inception_2015 import Inception2015
from cgn_tf.models.networks.resnet import ResNet50
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.random_streams import seed_keras
from cgn_tf.serving.export.saved_model import export
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.classifier_trainer import ClassifierTrainer

MAKES: dict[str, Callable[[], Any]] = {
    "CGN": digit_cgn,
    "ConvMechanism": lambda: ConvMechanism(3),
    "DigitClassifier": DigitClassifier,
    "BigGAN": lambda: BigGAN(128, 4),
    "U2Net": lambda: U2Net("u2netp"),
    "FeatureNetwork": lambda: FeatureNetwork("squeezenet", [0]),
    "squeezenet_features": lambda: squeezenet.squeezenet_features(2),
    "squeezenet_classifier": squeezenet.squeezenet_classifier,
    "EfficientNetLite": EfficientNetLite,
    "ResNet50": ResNet50,
    "Inception2015": Inception2015,
    "LinearDiscriminator": LinearDiscriminator,
    "ConvDiscriminator": ConvDiscriminator,
    "ProjectionDiscriminator": ProjectionDiscriminator,
    "SpectralDiscriminator": SpectralDiscriminator,
    "train_mask_classifier": lambda: train_mask_classifier(None, 1, 1, 0),  # type: ignore[arg-type]
}
HOSTILE: dict[str, Callable[[], None]] = {
    "set_floatx('float32')": lambda: keras.config.set_floatx("float16"),
    "set_image_data_format('channels_last')": lambda: keras.config.set_image_data_format("channels_first"),
    "set_dtype_policy('float32')": lambda: keras.config.set_dtype_policy("float64"),
}


@pytest.fixture(autouse=True)
def settings_come_back() -> Iterator[None]:
    yield
    keras_settings.choose()


@pytest.mark.parametrize("name", MAKES)
@pytest.mark.parametrize("remedy", HOSTILE)
def test_networks_say_what_to_set(remedy: str, name: str) -> None:
    HOSTILE[remedy]()
    with pytest.raises(KerasSettingsError, match=r"Keras: expected the .*; call keras\.config\.") as caught:
        MAKES[name]()
    assert f"keras.config.{remedy}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("remedy", HOSTILE)
def test_loading_and_trainers_say_it_too(remedy: str, untrained: Path) -> None:
    classifier, optimizer = DigitClassifier(), keras.optimizers.Adam()
    HOSTILE[remedy]()
    with pytest.raises(KerasSettingsError, match="Keras: expected the"):
        cgn_tf.load(untrained)
    with pytest.raises(KerasSettingsError, match="Keras: expected the"):
        ClassifierTrainer(classifier, optimizer, batch_size=4)


def test_all_networks_are_held_to_it() -> None:
    found = {
        kind.__name__ for kind in _below(keras.Model) if kind.__module__.startswith("cgn_tf.") and kind is not Network
    }
    assert {"CGN", "BigGAN", "U2Net", "DigitClassifier", "CGNTrainer"} <= found
    assert found == {kind.__name__ for kind in _below(Network) if kind.__module__.startswith("cgn_tf.")}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_no_hindrance(policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    classifier = DigitClassifier()
    classifier.build()
    assert {variable.dtype for variable in classifier.variables} == {"float32"}


@pytest.mark.parametrize("floatx", ["float16", "float64"])
def test_chosen_settings_are_the_defaults_bit_by_bit(floatx: str) -> None:
    seed_keras(3)
    expected = digit_cgn()
    expected.build()
    keras.config.set_dtype_policy(floatx)
    keras.config.set_floatx(floatx)
    keras.config.set_image_data_format("channels_first")
    keras.config.set_epsilon(0.5)
    keras_settings.choose()
    assert (keras.config.floatx(), keras.config.image_data_format(), keras.config.epsilon()) == (
        "float32",
        "channels_last",
        1e-7,
    )
    seed_keras(3)
    found = digit_cgn()
    found.build()
    for ours, theirs in zip(found.variables, expected.variables, strict=True):
        assert ours.dtype == theirs.dtype == "float32"
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_what_needs_tensorflow_says_so(untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cgn, origin = load_with_source(untrained)
    classifier, optimizer = DigitClassifier(), keras.optimizers.Adam()
    classifier.build()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    needy: dict[str, Callable[[], Any]] = {
        "training": lambda: ClassifierTrainer(classifier, optimizer, batch_size=4),
        "a data set of counterfactuals": lambda: Counterfactuals(cgn, seed=0, shapes=1, images_per_mask=1),
        "a SavedModel": lambda: export(cgn, origin, tmp_path / "model"),
        "the accuracy of a network": lambda: predictions(classifier, None),  # type: ignore[arg-type]
        "the command": keras_settings.choose,
    }
    for what, use in needy.items():
        with pytest.raises(KerasSettingsError) as caught:
            use()
        assert str(caught.value) == (
            f"Keras: {what} needs the backend tensorflow, got jax; set KERAS_BACKEND=tensorflow before Keras is "
            "imported, in a new process."
        )


def test_the_environment_is_that_of_children_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("KERAS_BACKEND", "jax"), ("KERAS_MAX_EPOCHS", "x"), ("KERAS_MAX_STEPS_PER_EPOCH", "1")):
        monkeypatch.setenv(name, value)
    keras_settings.choose_environment()
    names = ("KERAS_BACKEND", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
    program = f"import os; print({{k: v for k, v in os.environ.items() if k in {names}}})"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert child.stdout == "{'KERAS_BACKEND': 'tensorflow'}\n"


def test_the_folder_of_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert keras_settings.home() == tmp_path / ".keras"
    monkeypatch.setenv("KERAS_HOME", "~/own")
    assert keras_settings.home() == tmp_path / "own"


def _below(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


assert CGNTrainer  # imported, so that it is among the subclasses
