"""What a step of the CGN's training needs, data and everything random alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Batch(NamedTuple):
    """One replica's share of a global batch of B images.

    Data pipelines hold the entries that a run needs, by name; the trainer makes the structure of them.

    Attributes:
        noise: float32 [B, d], of the generated images; standard.
        generated_label: int32 [B], of the generated images.
        label: int32 [B], of the data set's images.
        image: float32 [B, H, W, 3] in [-1, 1], the data set's images; None: a data set of labels alone.
        offsets: int32 [B, 2, 2], circular shifts of texture and background; None: a CGN that is not shifted.
        fake_random_inputs: random inputs of the discriminator's pass over the generated images, by name.
        real_random_inputs: the same of its pass over the data set's images.
        fake_instance_noise: float32 [B, H, W, 3], added to the generated images that the discriminator sees.
        real_instance_noise: the same for the data set's images.
        style_reference_indices: int32 [B], which image of the style reference bank is compared with.
        patch_indices: int32 [B, patches], ranks of the patches that the texture loss takes.
    """

    noise: Any
    generated_label: Any
    label: Any = None
    image: Any = None
    offsets: Any = None
    fake_random_inputs: Mapping[str, Any] = _NOTHING
    real_random_inputs: Mapping[str, Any] = _NOTHING
    fake_instance_noise: Any = None
    real_instance_noise: Any = None
    style_reference_indices: Any = None
    patch_indices: Any = None
