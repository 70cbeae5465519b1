from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgn_tf.losses.terms import TERMS, LossTerms
from cgn_tf.types import Composite

IMAGE = np.full((2, 8, 8, 3), 0.5, np.float32)
MASK = np.full((2, 8, 8, 1), 0.5, np.float32)
COMPOSITE = Composite(IMAGE, MASK, MASK, IMAGE, -IMAGE)


class OneTap:
    taps = (0,)

    def __call__(self, images: Any, taps: Any = None) -> list[Any]:
        return [images * 2]


def test_every_term_is_computed_and_weighted() -> None:
    weights = {name: float(i + 1) for i, name in enumerate(TERMS)}
    terms = LossTerms(
        weights, OneTap(), [0.1], [3], [0.2], saliency=lambda images: images[..., :1] ** 2, border_width=2
    )
    raw = terms(COMPOSITE, np.zeros_like(IMAGE), np.float32([0, 3]), patch_picks=np.zeros((2, 36), np.int32))
    assert tuple(raw) == TERMS
    expected = {
        "adversarial": [1, 4],
        "binary_entropy": [1, 1],
        "mask_size": [0, 0],
        "mask_border": [0.49, 0.49],
        "mask_diversity": [1, 1],
        "image_diversity": [1, 1],
        "reconstruction": [0.5, 0.5],
        "style": [5000 * 0.01 / 3] * 2,
        "content": [3, 3],
        "texture": [5000 * 0.04 / 3] * 2,
        "background": [0.25, 0.25],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(raw[name], values, rtol=1e-5, err_msg=name)
    total = sum(weights[name] * np.asarray(raw[name]) for name in TERMS)
    np.testing.assert_allclose(terms.total(raw), total, rtol=1e-6)


def test_a_term_without_weight_is_not_computed() -> None:
    class Never(OneTap):
        def __call__(self, images: Any, taps: Any = None) -> Any:
            raise AssertionError("computed")

    weights = {"binary_entropy": 2, "style": 0, "background": 0, "texture": 0}
    terms = LossTerms(weights, features=Never(), saliency=Never())
    assert list(terms(COMPOSITE)) == ["binary_entropy"]
    assert not terms.needs_reference
    assert LossTerms({"reconstruction": 1}).needs_reference


def test_refused() -> None:
    with pytest.raises(ValueError, match=r"Unknown loss terms \['entropy'\]; known: adversarial, binary_entropy"):
        LossTerms({"entropy": 1})
    with pytest.raises(ValueError, match="need a feature network"):
        LossTerms({"style": 1})
    with pytest.raises(ValueError, match="need a feature network"):
        LossTerms({"texture": 1})
    with pytest.raises(ValueError, match="needs a saliency network"):
        LossTerms({"background": 1})
