"""Somebody's own models: Keras files and SavedModels."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.input_ranges import RANGES
from cgn_tf.classifiers.predictions import probabilities, traced
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.options.command_line import parse

# Keras' own, when it saves
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")

SAID = ("--classifier_range=zero_one", "--classifier_outputs=logits")


def loaded(path: Path, kind: str, *flags: str) -> Classifier:
    return parse(ClassifierConfig, [f"--classifier={kind}", f"--classifier_weights={path}", *flags]).load()


def mean_model(size: int | None = 8, outputs: int = 1, activation: str | None = None) -> keras.Model:
    """Logits are (red, green, blue, sum) of the mean colour; of output number i the i-fold."""
    image = keras.Input((size, size, 3), name="image")
    pooled = keras.layers.GlobalAveragePooling2D()(image)
    kernel = np.concatenate([np.eye(3), np.ones((3, 1))], axis=1).astype(np.float32)
    heads = [keras.layers.Dense(4, activation=activation, name=f"part{i}") for i in range(outputs)]
    model = keras.Model(image, [head(pooled) for head in heads] if outputs > 1 else heads[0](pooled))
    for i, head in enumerate(heads, start=1):
        head.set_weights([i * kernel, np.zeros(4, np.float32)])
    return model


PIXELS = np.full((3, 8, 8, 3), (255, 0, 51), np.uint8)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore")  # Keras tells of the age of .h5
def test_keras_files(tmp_path: Path, ending: str) -> None:
    mean_model().save(tmp_path / f"own{ending}")
    classifier = loaded(tmp_path / f"own{ending}", "keras", *SAID, "--classifier_resized=10")
    assert (classifier.name, classifier.num_classes, classifier.heads) == ("own", 4, ())
    assert (classifier.geometry.size, classifier.geometry.resized, classifier.any_size) == (8, 10, False)
    assert len(classifier.weights_sha256) == 64
    np.testing.assert_allclose(traced(classifier.network)(PIXELS), [[[1.0, 0.0, 0.2, 1.2]]] * 3, atol=1e-6)


def test_several_outputs_are_heads(tmp_path: Path) -> None:
    mean_model(None, outputs=2).save(tmp_path / "two.keras")
    classifier = loaded(tmp_path / "two.keras", "keras", *SAID, "--classifier_size=8")
    assert (classifier.heads, classifier.any_size) == (("part0", "part1"), True)
    found = traced(classifier.network)(PIXELS)
    np.testing.assert_allclose(found[0], [[1.0, 0.0, 0.2, 1.2], [2.0, 0.0, 0.4, 2.4]], atol=1e-6)


def test_probabilities_become_their_logarithms(tmp_path: Path) -> None:
    plain = mean_model()
    expected = probabilities(plain(PIXELS.astype(np.float32) / 255).numpy())
    mean_model(activation="softmax").save(tmp_path / "soft.keras")
    with pytest.raises(CommandError, match="sum to 1 for each image; set `classifier_outputs=probabilities`"):
        loaded(tmp_path / "soft.keras", "keras", *SAID)
    classifier = loaded(
        tmp_path / "soft.keras", "keras", "--classifier_range=zero_one", "--classifier_outputs=probabilities"
    )
    np.testing.assert_allclose(probabilities(traced(classifier.network)(PIXELS))[:, 0], expected, rtol=1e-5)
    mean_model().save(tmp_path / "hard.keras")
    with pytest.raises(CommandError, match="do not sum to 1"):
        loaded(tmp_path / "hard.keras", "keras", "--classifier_range=bytes", "--classifier_outputs=probabilities")


def test_input_ranges() -> None:
    images = np.array([[[[-1.0, 0.2, 1.0]]]], np.float32)
    expected = {
        "minus_one_one": [-1.0, 0.2, 1.0],
        "zero_one": [0.0, 0.6, 1.0],
        "bytes": [0.0, 153.0, 255.0],
        "imagenet": [-0.485 / 0.229, (0.6 - 0.456) / 0.224, (1 - 0.406) / 0.225],
        "caffe": [255 - 103.939, 153 - 116.779, -123.68],
    }
    assert set(expected) == set(RANGES)
    for name, values in expected.items():
        np.testing.assert_allclose(np.ravel(RANGES[name](images)), values, rtol=1e-4)


def test_what_has_to_be_said(tmp_path: Path) -> None:
    mean_model(None).save(tmp_path / "own.keras")
    with pytest.raises(ConfigError, match="`classifier_range`: `classifier=keras` expects one of minus_one_one, zero"):
        loaded(tmp_path / "own.keras", "keras")
    with pytest.raises(ConfigError, match=r"`classifier_size`: .* takes images of any size"):
        loaded(tmp_path / "own.keras", "keras", *SAID)
    with pytest.raises(ConfigError, match="`classifier_resized`: expected at least 8"):
        loaded(tmp_path / "own.keras", "keras", *SAID, "--classifier_size=8", "--classifier_resized=4")
    mean_model().save(tmp_path / "eight.keras")
    with pytest.raises(ConfigError, match="takes images of 8 pixels, got 9"):
        loaded(tmp_path / "eight.keras", "keras", *SAID, "--classifier_size=9")


def saved(model: keras.Model, path: Path) -> Path:
    model.save(path)
    return path


def test_models_of_other_shapes(tmp_path: Path) -> None:
    flat = keras.Sequential([keras.Input((12,)), keras.layers.Dense(3)])
    with pytest.raises(CommandError, match=r"square RGB images \[B, S, S, 3\], got one of \[any, 12\]"):
        loaded(saved(flat, tmp_path / "flat.keras"), "keras", *SAID)
    whole = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 1)])
    with pytest.raises(CommandError, match=r"expected an output \[B, K\].*got \[B, 8, 8, 2\]; cut the model"):
        loaded(saved(whole, tmp_path / "whole.keras"), "keras", *SAID)
    with pytest.raises(CommandError, match=r"nowhere\.keras, where there is no file"):
        loaded(tmp_path / "nowhere.keras", "keras", *SAID)
    mean_model().save_weights(tmp_path / "own.weights.h5")
    with pytest.raises(CommandError, match="weights alone"):
        loaded(tmp_path / "own.weights.h5", "keras", *SAID)
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(CommandError, match=r"expected a \.keras file or the \.h5"):
        loaded(tmp_path / "text.keras", "keras", *SAID)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore")
def test_code_is_refused(tmp_path: Path, ending: str) -> None:
    image = keras.Input((8, 8, 3))
    sly = keras.Model(image, keras.layers.Lambda(lambda x: x[:, 0, 0])(image))
    with pytest.raises(CommandError, match="got Lambda; refused"):
        loaded(saved(sly, tmp_path / f"sly{ending}"), "keras", *SAID)


def test_foreign_classes_are_refused(tmp_path: Path) -> None:
    path = saved(mean_model(), tmp_path / "own.keras")
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(content["config.json"])
    config["config"]["layers"][1] |= {"module": "os", "class_name": "system", "registered_name": None}
    content["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(CommandError, match="got system; refused"):
        loaded(path, "keras", *SAID)


class Called(tf.Module):
    def __init__(self, outputs: str) -> None:
        super().__init__()
        self.kernel = tf.Variable(np.eye(3, 4, dtype=np.float32))
        self.outputs = outputs

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.uint8, name="image")])
    def __call__(self, image: Any) -> Any:
        rows = tf.reduce_mean(tf.cast(image, tf.float32), (1, 2)) @ self.kernel
        return rows if self.outputs == "one" else {"b": rows, "a": 2.0 * rows}


def test_saved_models(tmp_path: Path) -> None:
    for outputs in ("one", "two"):
        tf.saved_model.save(Called(outputs), str(tmp_path / outputs))
    flags = ["--classifier_range=bytes", "--classifier_outputs=logits"]
    one = loaded(tmp_path / "one", "saved_model", *flags)
    assert (one.name, one.num_classes, one.heads, one.geometry.size) == ("one", 4, (), 8)
    np.testing.assert_allclose(traced(one.network)(PIXELS), [[[255, 0, 51, 0]]] * 3, atol=1e-4)
    two = loaded(tmp_path / "two", "saved_model", *flags)
    assert two.heads == ("a", "b")
    images = PIXELS[:1].astype(np.float32) / 127.5 - 1
    np.testing.assert_allclose(two.network(images)[0], [[510, 0, 102, 0], [255, 0, 51, 0]], atol=1e-3)


class Unsigned(tf.Module):
    @tf.function
    def __call__(self, image: Any) -> Any:
        return tf.reduce_mean(image, (1, 2))


def test_saved_models_without_a_signature(tmp_path: Path) -> None:
    module = Unsigned()
    module(tf.zeros([2, 8, 8, 3]))  # the only trace that is saved
    tf.saved_model.save(module, str(tmp_path / "called"))
    called = loaded(tmp_path / "called", "saved_model", *SAID, "--classifier_size=8")
    np.testing.assert_allclose(called.network(tf.zeros([2, 8, 8, 3])), np.full((2, 1, 3), 0.5))
    with pytest.raises(CommandError, match="expected a model that takes images"):
        loaded(tmp_path / "called", "saved_model", *SAID, "--classifier_size=9")
    tf.saved_model.save(tf.Module(), str(tmp_path / "empty"))
    with pytest.raises(CommandError, match="serving_default, or one to call, got neither"):
        loaded(tmp_path / "empty", "saved_model", *SAID)
    with pytest.raises(CommandError, match=r"nowhere, which holds none"):
        loaded(tmp_path / "nowhere", "saved_model", *SAID)
