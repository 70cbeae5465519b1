"""Shape bias: of the decisions for shape or texture, the share for the shape (Geirhos et al. 2019, 1811.12231)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cgn_tf.metrics.bootstrap import BootstrapInterval, bootstrap_interval


class ShapeBias(NamedTuple):
    """Decisions of one observer on stimuli whose shape and texture are of different categories.

    Attributes:
        stimuli: their number.
        shape: decisions for the category of the shape.
        texture: for that of the texture.
    """

    stimuli: int
    shape: int
    texture: int

    @property
    def other(self) -> int:
        """Decisions for neither."""
        return self.stimuli - self.shape - self.texture

    @property
    def bias(self) -> float:
        """Shape / (shape + texture); 0 where no decision is for either."""
        return self.shape / max(1, self.shape + self.texture)

    @property
    def accuracy(self) -> float:
        """Share of the decisions for the shape among all, in [0, 1]."""
        return self.shape / self.stimuli if self.stimuli else 0.0


class Decisions(NamedTuple):
    """What an observer decided, stimulus by stimulus.

    Attributes:
        shapes: str [N], the category of each shape.
        textures: str [N], that of each texture.
        decided: str [N].
    """

    shapes: np.ndarray
    textures: np.ndarray
    decided: np.ndarray

    @property
    def conflicting(self) -> Decisions:
        """Those on stimuli whose two categories differ; the others say nothing."""
        return self.only(self.shapes != self.textures)

    def only(self, chosen: np.ndarray) -> Decisions:
        """Those of some stimuli, bool [N]."""
        return Decisions(*(one[chosen] for one in self))

    @property
    def for_shape(self) -> np.ndarray:
        """Bool [N]."""
        return self.decided == self.shapes

    @property
    def for_texture(self) -> np.ndarray:
        """Bool [N], without the stimuli whose two categories are one."""
        return (self.decided == self.textures) & (self.shapes != self.textures)


def shape_bias(decisions: Decisions) -> ShapeBias:
    """The shape bias of an observer; stimuli whose two categories are one are left out."""
    counted = decisions.conflicting
    return ShapeBias(len(counted.decided), int(counted.for_shape.sum()), int(counted.for_texture.sum()))


def bias_interval(decisions: Decisions, seed: int = 0) -> BootstrapInterval:
    """The shape bias with its 95 % interval by bootstrap over the stimuli.

    Raises:
        ValueError: no stimuli whose categories differ.
    """
    counted = decisions.conflicting

    def bias(shape: np.ndarray, texture: np.ndarray) -> float:
        return ShapeBias(len(shape), int(shape.sum()), int(texture.sum())).bias

    return bootstrap_interval(bias, counted.for_shape, counted.for_texture, seed=seed)


def bias_by_class(decisions: Decisions, categories: Sequence[str]) -> dict[str, ShapeBias]:
    """The shape bias on the stimuli with the shape of each category; of categories without stimuli no entry."""
    of_class = {name: shape_bias(decisions.only(decisions.shapes == name)) for name in categories}
    return {name: found for name, found in of_class.items() if found.stimuli}
