from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.prepared_images import prepared
from cgn_tf.evaluation.scoring_network import load_scoring_network
from tests.evaluation.tiny_network import SIZE, WIDTH, tiny_network


def test_a_network_with_features(tmp_path: Path) -> None:
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"any")
    with tiny_network() as name:
        network = load_scoring_network(name, str(weights), "feature_weights")
        with pytest.raises(CommandError, match="`feature_weights`: the feature network tiny expects any file"):
            load_scoring_network(name, "", "feature_weights")
        with pytest.raises(CommandError, match=r"expects any file, got .*nowhere, where there is no file"):
            load_scoring_network(name, str(tmp_path / "nowhere"), "feature_weights")
    assert (network.size, network.width) == (SIZE, WIDTH)
    assert network.score_name("FID") == "FID(tiny)"
    assert network._replace(name="inception_2015").score_name("IS") == "IS"
    images = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3), dtype=np.uint8)
    means = prepared(images, SIZE).mean(axis=(1, 2))
    np.testing.assert_allclose(network.features(network.prepare(images))[:, :3], means, atol=1e-5)
    np.testing.assert_allclose(network.logits(network.prepare(images)), 10 * means, atol=1e-4)
