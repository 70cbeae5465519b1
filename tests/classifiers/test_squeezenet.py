from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.classifiers.predictions import checked_logits, decoded_batches, probabilities, traced
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.models.networks.squeezenet import squeezenet_classifier
from cgn_tf.weights.assignment import named_variables


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of small random weights in the published layout."""
    random = np.random.default_rng(0)
    arrays = {}
    for name, variable in named_variables(squeezenet_classifier().variables).items():
        layer, kind = name.split("/")
        array = 0.05 * random.standard_normal(tuple(variable.shape)).astype(np.float32)
        key = f"{layer.replace('_', '/')}/{'W' if kind == 'kernel' else 'b'}"
        arrays[key] = array.transpose(3, 2, 0, 1) if kind == "kernel" else array
    path = tmp_path_factory.mktemp("weights") / "squeezenet.npz"
    np.savez(path, **arrays)
    return path


def test_files_to_probabilities(weights: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        Image.fromarray(random.integers(0, 256, (60 + number, 70, 3), dtype=np.uint8)).save(file)
    classifier = ClassifierConfig("squeezenet", str(weights)).load()
    network = traced(classifier.network)

    def logits(batch_size: int) -> np.ndarray:
        batches = decoded_batches(files, classifier.geometry.square, batch_size)
        return np.concatenate([checked_logits(network(batch), classifier) for batch in batches])

    by_two = logits(2)  # the last batch is smaller
    assert by_two.shape == (3, 1, 1000)
    np.testing.assert_allclose(logits(3), by_two, atol=1e-5)
    assert np.ptp(by_two, axis=0).max() > 1e-4
    np.testing.assert_allclose(probabilities(by_two).sum(axis=-1), 1.0)
    assert classifier.features is not None
    assert classifier.features(np.zeros((2, 227, 227, 3), np.float32)).shape == (2, 512)


def test_weights_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"expects the path of squeezenet_v1\.0\.npz, got none"):
        ClassifierConfig("squeezenet").load()
    with pytest.raises(CommandError, match=r"nowhere\.npz, where there is no file"):
        ClassifierConfig("squeezenet", str(tmp_path / "nowhere.npz")).load()
    with pytest.raises(ConfigError, match="classifier"):
        ClassifierConfig("alexnet")


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(CommandError, match=r"a\.png: expected an image"):
        list(decoded_batches([tmp_path / "a.png"], lambda image: image, 1))


def test_logits_that_are_none(weights: Path) -> None:
    classifier = ClassifierConfig("squeezenet", str(weights)).load()
    with pytest.raises(CommandError, match=r"expected logits \[images, 1, 1000\], got \[2, 10\]"):
        checked_logits(np.zeros((2, 10)), classifier)
    with pytest.raises(CommandError, match="NaN"):
        checked_logits(np.full((2, 1, 1000), np.nan), classifier)
