"""Distance to the reference image."""

from __future__ import annotations

from typing import Any

from keras import ops


def l1(images: Any, reference: Any) -> Any:
    """Mean absolute difference (Sauer & Geiger 2021, L_rec). Two [B, H, W, C] → [B]."""
    return ops.mean(ops.abs(images - reference), axis=(1, 2, 3))
