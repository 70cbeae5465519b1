"""No salient object may remain in the background."""

from __future__ import annotations

from typing import Any

from keras import ops


def saliency(saliency_map: Any) -> Any:
    """Mean of the masker's answer to the background image (Sauer & Geiger 2021, L_bg). [B, H, W, 1] → [B]."""
    return ops.mean(saliency_map, axis=(1, 2, 3))
