from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.models.masker import MASK_MAX, MASK_MIN, ClipMasker


@pytest.mark.parametrize("gradient", ["inward", "straight_through", "clipped"])
def test_the_mask_is_the_same_whatever_the_gradient(gradient: str) -> None:
    premask = np.float32([-5, 0, 0.3, 1, 9]).reshape(5, 1, 1, 1)
    mask = np.asarray(ClipMasker(gradient)(premask)).ravel()
    np.testing.assert_allclose(mask, [MASK_MIN, MASK_MIN, 0.3, MASK_MAX, MASK_MAX], atol=1e-6)
    assert ClipMasker.from_config(ClipMasker(gradient).get_config()).gradient == gradient


def test_an_unknown_gradient() -> None:
    with pytest.raises(ValueError, match="gradient: expected one of inward, straight_through, clipped, got 'none'"):
        ClipMasker("none")
