from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.evaluation.factor_confusion import factor_confusion
from cgn_tf.types import Triplet


def independent(count: int) -> Triplet[np.ndarray]:
    return Triplet(*np.random.default_rng(0).integers(10, size=(3, count)))


@pytest.mark.parametrize("followed", Triplet._fields)
def test_who_follows_one_factor_agrees_with_the_others_by_chance(followed: str) -> None:
    labels = independent(20_000)
    found = factor_confusion(getattr(labels, followed), labels, 10)._asdict()
    for name, confusion in found.items():
        assert confusion.agreement == pytest.approx(100 if name == followed else 10, abs=1)
        assert confusion.matrix.sum() == 20_000
    assert np.count_nonzero(found[followed].matrix) == 10  # the diagonal


def test_rows_are_labels_and_columns_predictions() -> None:
    labels = Triplet(np.array([0, 0, 1]), np.array([1, 1, 1]), np.array([2, 0, 2]))
    found = factor_confusion(np.array([1, 2, 1]), labels, 3)
    assert found.shape.matrix.tolist() == [[0, 1, 1], [0, 1, 0], [0, 0, 0]]
    assert found.texture.matrix.tolist() == [[0, 0, 0], [0, 2, 1], [0, 0, 0]]
    assert found.background.matrix.tolist() == [[0, 0, 1], [0, 0, 0], [0, 2, 0]]
    assert [factor.agreement for factor in found] == pytest.approx([100 / 3, 200 / 3, 0])


def test_wrong_input_is_named() -> None:
    labels = Triplet.same(np.array([0, 1]))
    with pytest.raises(ValueError, match=r"^predictions: expected \[0, 2\), got \[1, 2\]"):
        factor_confusion(np.array([1, 2]), labels, 2)
    with pytest.raises(ValueError, match=r"^texture: expected int \[N\] as of 2 predictions, got \(3,\)"):
        factor_confusion(np.array([1, 1]), labels._replace(texture=np.zeros(3, int)), 2)
    with pytest.raises(ValueError, match=r"^predictions: expected int"):
        factor_confusion(np.zeros(0, int), Triplet.same(np.zeros(0, int)), 2)
