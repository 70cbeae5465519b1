from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf.classifiers import photograph
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.prepared_images import prepared
from cgn_tf.evaluation.scoring_network import load_scoring_network
from cgn_tf.models.networks.inception_2015 import Inception2015
from tests.evaluation.tiny_network import SIZE, WIDTH, tiny_network


def test_a_network_with_features(tmp_path: Path) -> None:
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"any")
    with tiny_network() as name:
        network = load_scoring_network(name, str(weights), "feature_weights")
        with pytest.raises(CommandError, match="`feature_weights`: the feature network tiny expects any file"):
            load_scoring_network(name, "", "feature_weights")
        with pytest.raises(CommandError, match=r"expects any file, got .*nowhere, where there is nothing"):
            load_scoring_network(name, str(tmp_path / "nowhere"), "feature_weights")
    assert (network.size, network.width) == (SIZE, WIDTH)
    assert network.score_name("FID") == "FID(tiny)"
    assert network._replace(name="inception_2015").score_name("IS") == "IS"
    images = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3), dtype=np.uint8)
    means = prepared(images, SIZE).mean(axis=(1, 2))
    np.testing.assert_allclose(network.features(network.prepare(images))[:, :3], means, atol=1e-5)
    np.testing.assert_allclose(network.logits(network.prepare(images)), 10 * means, atol=1e-4)


def test_the_inception_score_of_inception_is_without_bias(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras.utils.set_random_seed(0)
    inception = Inception2015()
    inception.build()
    bias = np.random.default_rng(0).normal(size=1008).astype(np.float32)
    inception.logits.bias.assign(bias)
    monkeypatch.setattr(photograph, "model_from_torch", lambda path: inception)
    (tmp_path / "inception.pth").write_bytes(b"any")
    network = load_scoring_network("inception_2015", str(tmp_path / "inception.pth"), "feature_weights")
    assert (network.size, network.width, network.score_name("FID")) == (299, 2048, "FID")
    images = network.prepare(np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8))
    np.testing.assert_allclose(network.logits(images) + bias, inception(images, training=False), atol=1e-4)
