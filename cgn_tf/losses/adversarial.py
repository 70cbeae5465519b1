"""The losses of the two players of the digit CGN: least squares (Mao et al. 2017), as published, or hinge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops


def generator(fake_scores: Any) -> Any:
    """(D(fake) − 1)². Scores [B] → [B]."""
    return ops.square(fake_scores - 1.0)


def critic(real_scores: Any, fake_scores: Any) -> Any:
    """((D(real) − 1)² + D(fake)²) / 2. Scores [B] and [B] → [B]."""
    return 0.5 * (ops.square(real_scores - 1.0) + ops.square(fake_scores))


def hinge_generator(fake_scores: Any) -> Any:
    """−D(fake) (Miyato et al. 2018, eq. 17). Scores [B] → [B]."""
    return -fake_scores


def hinge_critic(real_scores: Any, fake_scores: Any) -> Any:
    """max(0, 1 − D(real)) + max(0, 1 + D(fake)) (Miyato et al. 2018, eq. 16). Scores [B] and [B] → [B]."""
    return ops.relu(1.0 - real_scores) + ops.relu(1.0 + fake_scores)


class AdversarialLoss(NamedTuple):
    """What each player minimises.

    Attributes:
        generator: scores of the fakes [B] → [B].
        critic: scores of real images and fakes, [B] each → [B].
    """

    generator: Callable[[Any], Any]
    critic: Callable[[Any, Any], Any]


ADVERSARIAL_LOSSES = {
    "least_squares": AdversarialLoss(generator, critic),
    "hinge": AdversarialLoss(hinge_generator, hinge_critic),
}
