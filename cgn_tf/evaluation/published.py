"""Published accuracies on the digits, in percent."""

from __future__ import annotations

from typing import NamedTuple


class PublishedAccuracy(NamedTuple):
    """Of a classifier; None where it was not published."""

    train: float | None
    test: float


PAPER: dict[str, dict[str, PublishedAccuracy]] = {
    "colored_mnist": {
        "plain": PublishedAccuracy(99.5, 35.9),
        "gan": PublishedAccuracy(99.8, 40.7),
        "cgn": PublishedAccuracy(99.7, 95.1),
    },
    "double_colored_mnist": {
        "plain": PublishedAccuracy(100.0, 10.3),
        "gan": PublishedAccuracy(100.0, 10.8),
        "cgn": PublishedAccuracy(97.4, 89.0),
    },
    "wildlife_mnist": {
        "plain": PublishedAccuracy(100.0, 10.1),
        "gan": PublishedAccuracy(100.0, 10.4),
        "cgn": PublishedAccuracy(99.2, 85.7),
    },
}
"""By variant and method (plain: the original images): Sauer and Geiger, ICLR 2021, accuracy on the MNIST variants."""

REPLICATION: dict[str, PublishedAccuracy] = {
    "colored_mnist": PublishedAccuracy(None, 92.3),
    "double_colored_mnist": PublishedAccuracy(None, 86.5),
    "wildlife_mnist": PublishedAccuracy(None, 81.4),
}
"""An independent replication, with the weights of the CGNs that the authors published."""
