from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.models.contract import MechanismRequest
from cgn_tf.models.mechanisms.block_channels import block_channels
from cgn_tf.models.mechanisms.registry import MECHANISMS


@pytest.mark.parametrize(("size", "channels"), [(None, [48, 24]), (16, [48]), (32, [48, 24]), (64, [48, 24, 12])])
def test_a_block_for_each_doubling(size: int | None, channels: list[int]) -> None:
    assert block_channels(MechanismRequest("shape", size), 48, 8) == channels


@pytest.mark.parametrize("size", [8, 48, 128])
def test_sizes_that_doubling_does_not_lead_to(size: int) -> None:
    with pytest.raises(ValueError, match=f"texture mechanism: expected images of 16 or 32 or 64 pixels, got {size}"):
        block_channels(MechanismRequest("texture", size), 48, 8)


@pytest.mark.parametrize("name", ["conv", "deep", "constant_colour", "learned_image_crop"])
@pytest.mark.parametrize("size", [32, 64])
def test_mechanisms_draw_the_size_that_is_asked_for(name: str, size: int) -> None:
    part = MECHANISMS[name]
    factors = ["texture"] if part.premask is None else ["shape", "texture"]
    for factor in factors:
        mechanism = part.make(part.options(), MechanismRequest(factor, size))
        mechanism.build((None, 4), (None, 3))
        drawn = mechanism(np.zeros((2, 4), np.float32), np.zeros((2, 3), np.float32))
        assert drawn.shape == (2, size, size, 1 if factor == "shape" else 3)
