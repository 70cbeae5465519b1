"""The least-squares GAN losses (Mao et al. 2017) of the digit CGN."""

from __future__ import annotations

from typing import Any

from keras import ops


def generator(fake_scores: Any) -> Any:
    """(D(fake) − 1)². Scores [B] → [B]."""
    return ops.square(fake_scores - 1.0)


def critic(real_scores: Any, fake_scores: Any) -> Any:
    """((D(real) − 1)² + D(fake)²) / 2. Scores [B] and [B] → [B]."""
    return 0.5 * (ops.square(real_scores - 1.0) + ops.square(fake_scores))
