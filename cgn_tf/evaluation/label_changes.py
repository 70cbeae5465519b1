"""How much an image changes when one label does, and where: does each mechanism do its own work alone?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cgn_tf.evaluation.judged_generator import JudgedGenerator
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from cgn_tf.types import Triplet


class LabelChange(NamedTuple):
    """What the change of one label comes to, a mean over images.

    Attributes:
        label: whose: "shape", "texture", "background", or "class" of a generator that draws whole images.
        distance: squared distance of the features, each of length 1: from 0 to 4. As LPIPS (Zhang et al. 2018, arXiv
            1801.03924), but of pooled features and without learned weights.
        pixels: mean absolute change of a pixel, as a share of its range.
        inside: share of that change within the mask, of whichever of the two images has the larger one; None where
            there is no mask, or nothing changes.
        covered: mean of that mask, the share that a change which is everywhere alike would have inside.
    """

    label: str
    distance: float
    pixels: float
    inside: float | None
    covered: float | None

    def as_json(self) -> dict[str, Any]:
        """Rounded figures."""
        return {
            name: value if value is None or isinstance(value, str) else round(value, 6)
            for name, value in self._asdict().items()
        }


_COLUMNS = ("distance", "pixels", "inside", "covered")


def label_changes(
    generator: JudgedGenerator, network: ScoringNetwork, count: int, seed: int, computed: ComputedRows, batch: int
) -> list[LabelChange]:
    """Draws images, and each again with another label of one factor, with the same noise.

    Args:
        generator: of at least two classes.
        network: whose features tell how far images are apart.
        count: number of images.
        seed: integer seed of the new labels.
        computed: keeps finished batches.
        batch: images at a time.

    Returns:
        One entry a label.
    """
    names = Triplet._fields if generator.has_parts else ("class",)
    steps = np.random.default_rng(seed).integers(1, generator.num_classes, size=count)

    def compute(start: int, stop: int) -> np.ndarray:
        labels = generator.labels(start, stop)
        drawn = [generator.draw(start, stop, labels)]
        for name in names:
            new = {
                factor: ((own + steps[start:stop]) % generator.num_classes).astype(np.int32)
                for factor, own in labels._asdict().items()
                if name in (factor, "class")
            }
            drawn.append(generator.draw(start, stop, labels._replace(**new)))
        directions = [_unit(network.features(network.prepare(one.image))) for one in drawn]
        base, masks = drawn[0], [one.mask for one in drawn]
        rows = []
        for i in range(1, len(drawn)):
            change = np.abs(drawn[i].image.astype(np.float32) - base.image).mean(axis=-1, keepdims=True) / 255.0
            distance = ((directions[i] - directions[0]) ** 2).sum(axis=1)
            rows.append(np.stack([distance, change.mean(axis=(1, 2, 3)), *_within(change, masks[0], masks[i])], axis=1))
        return np.stack(rows, axis=1).astype(np.float32)  # [B, labels, 4]

    found = computed.rows("label_changes", count, batch, compute)
    return [LabelChange(name, *_means(found[:, i])) for i, name in enumerate(names)]


def _unit(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0.0, lengths, 1.0)


def _within(change: np.ndarray, before: np.ndarray | None, after: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Share of the change within the mask, and the mask's mean; NaN where that is not defined."""
    unknown = np.full(len(change), np.nan)
    if before is None or after is None:
        return unknown, unknown
    mask = np.maximum(before, after) / 255.0
    whole = change.sum(axis=(1, 2, 3))
    inside = np.divide((change * mask).sum(axis=(1, 2, 3)), whole, out=unknown, where=whole > 0.0)
    return inside, mask.mean(axis=(1, 2, 3))


def _means(rows: np.ndarray) -> list[Any]:
    """Means over the images for which there is a figure; None where there is for none."""
    means = []
    for column in rows.T:
        known = column[np.isfinite(column)]
        means.append(float(known.mean()) if len(known) else None)
    return means
