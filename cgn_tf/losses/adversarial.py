"""The losses of the two players of the digit CGN: least squares (Mao et al. 2017), as published, or hinge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras import ops

from cgn_tf.losses.contract import LossPart, Need, always
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.options.declaration import check_options, option


def least_squares_generator(fake_scores: Any) -> Any:
    """(D(fake) − 1)². Scores [B] → [B]."""
    return ops.square(fake_scores - 1.0)


def least_squares_discriminator(real_scores: Any, fake_scores: Any) -> Any:
    """((D(real) − 1)² + D(fake)²) / 2. Scores [B] and [B] → [B]."""
    return 0.5 * (ops.square(real_scores - 1.0) + ops.square(fake_scores))


def hinge_generator(fake_scores: Any) -> Any:
    """−D(fake) (Miyato et al. 2018, eq. 17). Scores [B] → [B]."""
    return -fake_scores


def hinge_discriminator(real_scores: Any, fake_scores: Any) -> Any:
    """max(0, 1 − D(real)) + max(0, 1 + D(fake)) (Miyato et al. 2018, eq. 16). Scores [B] and [B] → [B]."""
    return ops.relu(1.0 - real_scores) + ops.relu(1.0 + fake_scores)


class _Players(NamedTuple):
    generator: Callable[[Any], Any]
    discriminator: Callable[[Any, Any], Any]


_PLAYERS = {
    "least_squares": _Players(least_squares_generator, least_squares_discriminator),
    "hinge": _Players(hinge_generator, hinge_discriminator),
}


class AdversarialLoss:
    """What the mechanisms minimise against a discriminator, and what the discriminator minimises.

    Args:
        kind: "least_squares" or "hinge".

    Raises:
        ValueError: another kind.
    """

    def __init__(self, kind: str = "least_squares") -> None:
        if kind not in _PLAYERS:
            raise ValueError(f"kind: expected one of {', '.join(_PLAYERS)}, got {kind!r}.")
        self.kind = kind

    def __call__(self, inputs: LossInputs) -> Any:
        """Scores of the generated images → [B]."""
        return _PLAYERS[self.kind].generator(inputs.fake_scores)

    def discriminator(self, real_scores: Any, fake_scores: Any) -> Any:
        """Scores of real and of generated images, [B] each → [B]."""
        return _PLAYERS[self.kind].discriminator(real_scores, fake_scores)


@dataclass(frozen=True)
class AdversarialOptions:
    """Loss adversarial: what the discriminator says."""

    adversarial_weight: float = option(1.0, "Weight of the adversarial loss.", minimum=0.0)
    adversarial_loss: str = option(
        "least_squares",
        "Formula of both players: least_squares, as in the paper, or hinge.",
        choices=tuple(_PLAYERS),
    )

    def __post_init__(self) -> None:
        check_options(self)


ADVERSARIAL = LossPart(
    name="adversarial",
    summary="What the discriminator says of the image.",
    options=AdversarialOptions,
    weight=lambda options: options.adversarial_weight,
    make=lambda options: AdversarialLoss(options.adversarial_loss),
    requires=always(Need.DISCRIMINATOR),
)
