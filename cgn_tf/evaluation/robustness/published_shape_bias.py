"""Published shape biases on the 1,280 stimuli, counted from the decisions that Geirhos et al. made public."""

from __future__ import annotations

from typing import NamedTuple

from cgn_tf.evaluation.robustness.shape_bias import ShapeBias

STIMULI = 1_200
"""Those of the 1,280 whose two categories differ."""


class Published(NamedTuple):
    """Who decided, and how often for shape and texture."""

    who: str
    counts: ShapeBias


COUNTED = tuple(
    Published(who, ShapeBias(STIMULI, shape, texture))
    for who, shape, texture in (
        ("AlexNet", 182, 537),
        ("VGG16", 84, 828),
        ("SqueezeNet 1.1", 133, 597),
        ("ResNet-50", 162, 572),
        ("ResNet-50 on Stylized ImageNet", 586, 141),
        ("one human", 829, 33),
    )
)
HUMANS = 95.76
"""Mean of ten humans, %."""
ENSEMBLE = {"shape": 54.8, "texture": 16.7, "background": 22.9}
"""Heads of the invariant ensemble of Sauer & Geiger 2021, %."""
