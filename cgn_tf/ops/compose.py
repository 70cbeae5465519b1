"""Alpha composition of the three mechanisms."""

from __future__ import annotations

from typing import Any


def compose(mask: Any, foreground: Any, background: Any) -> Any:
    """Lays the foreground over the background (Sauer & Geiger 2021, eq. 5).

    Args:
        mask: [B, H, W, 1] in [0, 1].
        foreground: [B, H, W, 3].
        background: [B, H, W, 3].

    Returns:
        `mask · foreground + (1 − mask) · background`, [B, H, W, 3].
    """
    return mask * foreground + (1.0 - mask) * background
