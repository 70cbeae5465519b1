from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.evaluation.judged_generator import JudgedGenerator
from cgn_tf.evaluation.label_changes import label_changes
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from tests.flat_cgn import flat_cgn

MEANS = ScoringNetwork("means", "", 8, 3, lambda images: 1.0 + images.mean(axis=(1, 2)), lambda images: images[:, 0, 0])


@pytest.mark.filterwarnings("error")
def test_flat_images_by_hand(tmp_path: Path) -> None:
    # ten images of the classes 0..9: of class c mask c/10, everywhere, and green c/10 of [-1, 1] in both parts
    count, seed = 10, 5
    steps = np.random.default_rng(seed).integers(1, 10, size=count)
    labels = np.arange(10)
    new = (labels + steps) % 10
    shape, texture, background = label_changes(
        JudgedGenerator(flat_cgn(), seed=0), MEANS, count, seed, ComputedRows(tmp_path), 4
    )
    # parts of one colour: another mask mixes them to the same, to a level of 255
    assert shape.label == "shape"
    assert shape.pixels < 1 / 255
    assert shape.distance < 1e-4
    assert shape.covered == pytest.approx(np.maximum(labels, new).mean() / 10, abs=2e-3)
    # a third of the channels changes, by what the mask lets through
    green = np.abs(labels - new) / 10
    assert texture.pixels == pytest.approx((labels / 10 * green).mean() / 3, abs=2e-3)
    assert background.pixels == pytest.approx(((1 - labels / 10) * green).mean() / 3, abs=2e-3)
    # the mask is the same everywhere: of each change its own share is inside; class 0 has no mask, and no change
    assert texture.inside == pytest.approx(labels[1:].mean() / 10, abs=2e-3)
    assert background.inside == pytest.approx(labels.mean() / 10, abs=2e-3)
    assert background.covered == pytest.approx(0.45, abs=2e-3)
    assert background.distance > texture.distance > 0.0
