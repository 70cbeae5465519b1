"""What the heads of a classifier say, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgn_tf.classifiers.predictions import probabilities

AVERAGES = ("probabilities", "logits")
AVERAGE = "average"
"""Name of what all heads say together."""


def head_probabilities(logits: np.ndarray, name: str, heads: Sequence[str], average: str) -> dict[str, np.ndarray]:
    """The probabilities of each head, and of all heads together.

    Args:
        logits: [N, H, K].
        name: of a classifier without named heads, which has one.
        heads: names of H heads; empty: there is one.
        average: "probabilities": the mean of the heads' probabilities; "logits": the softmax of their mean logits.

    Returns:
        Name of the head, or "average" → float64 [N, K].
    """
    if not heads:
        return {name: probabilities(logits[:, 0])}
    by_head = probabilities(logits)
    found = {head: by_head[:, i] for i, head in enumerate(heads)}
    together = by_head.mean(axis=1) if average == "probabilities" else probabilities(logits.mean(axis=1))
    return {**found, AVERAGE: together}
