"""Stops a run whose loss is no longer a number."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cgn_tf.errors import CommandError
from cgn_tf.training.callbacks.callback import Callback

_CAUSES_FIRST = ("raw/", "loss/discriminator", "weighted/", "loss/")


class NonFiniteLossError(CommandError):
    """A logged figure is NaN or infinite."""


class FiniteGuard(Callback):
    """Raises at the first NaN or infinity in the logs, naming the term.

    Put it before callbacks that save: by then the weights may be spoilt.

    Raises:
        NonFiniteLossError: from `after_step`.
    """

    chief_only = False

    def after_step(self, step: int, logs: Mapping[str, float]) -> None:
        wrong = non_finite(logs)
        if wrong:
            figures = ", ".join(f"{name} = {value}" for name, value in wrong.items())
            raise NonFiniteLossError(
                f"Step {step}: expected finite losses, got {figures}. "
                "Checkpoints of earlier steps are kept. Try lower learning rates, or a smaller weight of that term."
            )


def non_finite(logs: Mapping[str, float]) -> dict[str, float]:
    """The logs that are NaN or infinite: causes (raw terms, discriminator) before what is computed from them."""

    def order(name: str) -> tuple[int, str]:
        rank = next((i for i, prefix in enumerate(_CAUSES_FIRST) if name.startswith(prefix)), len(_CAUSES_FIRST))
        return rank, name

    return {name: float(logs[name]) for name in sorted(logs, key=order) if not math.isfinite(logs[name])}
