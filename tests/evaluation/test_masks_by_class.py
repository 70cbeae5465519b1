from __future__ import annotations

from typing import Any

import numpy as np

from cgn_tf.evaluation.masks_by_class import MasksByClass, judge_masks
from cgn_tf.types import Composite, Triplet

NAMES = ("cat", "dog", "ship")


class Fake:
    """A CGN of three classes: the masks of the first are sound, of the second full, of the third the border."""

    num_classes, noise_dim, image_size, shuffles = 3, 4, 16, False

    def __call__(self, noise: Any, labels: Triplet[np.ndarray], offsets: Any, truncation: float) -> Composite:
        assert (offsets, truncation) == (None, 1.0)
        masks = np.zeros((3, 16, 16, 1), np.float32)
        masks[0, 4:12, 4:12] = 1.0
        masks[1] = 0.95
        masks[2] = 1.0 - masks[0]
        mask = masks[labels.shape]
        return Composite(mask, mask, mask, mask, mask)


def test_figures_and_problems_by_the_names_of_the_classes() -> None:
    judged: Any = Fake()
    section = MasksByClass([judge_masks("runs/one", judged, 30, 0, 1.0)], NAMES)
    (found,) = section.as_json()["masks"]
    assert found["mean_by_class"] == [0.25, 0.95, 0.75]
    assert found["decided_by_class"] == [1.0, 1.0, 1.0]
    assert [problem["classes"] for problem in found["problems"]] == [[1], [2]]
    text = "\n".join(section.as_markdown())
    assert "| one | mean | 65.0 | 25.0 | 95.0 | 75.0 |" in text
    assert "one: masks collapsed to full (mean above 0.9): dog (0.950)." in text
    assert "one: masks inverted (border's mean exceeds the interior's): ship (1.000)." in text
    assert section.plot() is not None


def test_without_cgns_nothing_is_told() -> None:
    empty = MasksByClass([], NAMES)
    assert (empty.as_json(), empty.as_markdown(), empty.plot()) == ({"masks": []}, [], None)
