"""The PyTorch reference's Gram losses on VGG16 with seeded weights, and SqueezeNet's published accuracy."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from cgn_tf.losses.style import style
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.models.networks.squeezenet import squeezenet_classifier
from cgn_tf.ops.gram import gram
from cgn_tf.weights.feature_weights import load_feature_weights
from tests.weights.squeezenet_files import set_squeezenet_weights

SHARED = Path(__file__).resolve().parents[2].parent / "shared"

pytestmark = pytest.mark.skipif(not (SHARED / "golden").is_dir(), reason="needs the golden files of ../shared")


def test_gram_terms() -> None:
    golden = json.loads((SHARED / "golden" / "losses.json").read_text())
    inputs = np.load(SHARED / "golden" / "losses_inputs.npz")
    network = FeatureNetwork("vgg16", [0, 1, 2, 3], input_range="raw")
    load_feature_weights(network, "random", seed=0)
    taps, reference = network(inputs["x_rec"]), network(inputs["x"])
    for index in range(4):
        weights = [4.0 if index == i else 0.0 for i in range(4)]
        term = float(np.mean(style(taps, [gram(tap) for tap in reference], weights)))
        assert term == pytest.approx(golden["perceptual_terms"][f"gram_{index}"], rel=1e-5)
    total = float(np.mean(style(taps, [gram(tap) for tap in reference], [4.0] * 4)))
    assert total == pytest.approx(golden["perceptual_style_4444_total"], rel=1e-5)
    two, grams = network(inputs["x_rec"], taps=[1, 2]), [gram(tap) for tap in network(inputs["x"], taps=[1, 2])]
    texture = float(np.mean(style(two, grams, [5.0, 5.0])))
    assert texture == pytest.approx(golden["perceptual_style_0550_total"], rel=1e-5)


def center_crop(path: Path) -> np.ndarray:
    """The short side to 256 (bilinear, antialiased), then the central 227×227, uint8."""
    with Image.open(path) as file:
        photograph = file.convert("RGB")
    scale = 256 / min(photograph.size)
    width, height = (round(side * scale) for side in photograph.size)
    left, top = (width - 227) // 2, (height - 227) // 2
    resized = photograph.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + 227, top + 227)))


def test_squeezenet_reads_photographs() -> None:
    wnids = (SHARED / "data" / "imagenet_wnids.txt").read_text().split()
    paths = sorted((SHARED / "data" / "imagenet_sample").iterdir())
    labels = np.array([wnids.index(path.name.split("_")[0]) for path in paths])
    photographs = np.stack([center_crop(path) for path in paths])
    network = squeezenet_classifier()
    set_squeezenet_weights(network, SHARED / "weights" / "squeezenet_v1.0.npz")
    logits = np.concatenate([np.asarray(network(part / np.float32(127.5) - 1)) for part in np.split(photographs, 10)])
    ranked = np.argsort(-logits, axis=1)
    assert int((ranked[:, 0] == labels).sum()) == 62
    assert int((ranked[:, :5] == labels[:, None]).any(axis=1).sum()) == 84


def test_squeezenet_features_are_those_of_the_classifier() -> None:
    path = SHARED / "weights" / "squeezenet_v1.0.npz"
    features, network = FeatureNetwork("squeezenet", [3, 0]), squeezenet_classifier()
    load_feature_weights(features, str(path))
    set_squeezenet_weights(network, path)
    layers = keras.Model(network.input, [network.get_layer(name).output for name in ("fire5", "conv1")])
    images = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype(np.float32)
    for ours, expected in zip(features(images), layers(images), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-3)
