"""What a generator's images are judged by: features, logits and masks, image by image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.evaluation.judged_generator import JudgedGenerator
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.scoring_network import ScoringNetwork

JUDGED_MASKS = 2_000
"""Images whose masks are kept whole, to be judged class by class; the mean mask is of all."""


class GeneratedFeatures(NamedTuple):
    """What was found of N images; the parts are None where a generator draws whole images.

    Attributes:
        features: float32 [N, D] of the images, and by factor of those that were asked for.
        logits: float32 [N, K].
        mask_mean: mean of all masks, in [0, 1].
        masks: uint8 [M, H, W, 1] of the first images, at most `JUDGED_MASKS`.
    """

    features: dict[str, np.ndarray]
    logits: np.ndarray
    mask_mean: float | None
    masks: np.ndarray | None


def generated_features(
    generator: JudgedGenerator,
    network: ScoringNetwork,
    samples: int,
    computed: ComputedRows,
    batch: int,
    parts: Sequence[str] = (),
) -> GeneratedFeatures:
    """Draws images and runs the network on them, a batch at a time.

    Args:
        generator: draws.
        network: sees.
        samples: N.
        computed: keeps finished batches.
        batch: images at a time.
        parts: "foreground" and "background", where their features are wanted, too.
    """
    masked = min(samples, JUDGED_MASKS) if generator.has_parts else samples
    first = _Rows(generator, network, parts, with_masks=generator.has_parts)
    found = [computed.rows("images", masked, batch, lambda start, stop: first(start, stop))]
    if samples > masked:
        further = _Rows(generator, network, parts, with_masks=False)
        found.append(
            computed.rows(
                "further", samples - masked, batch, lambda start, stop: further(start + masked, stop + masked)
            )
        )
    columns = {name: np.concatenate([rows[name] for rows in found]) for name in ("image", *parts)}
    has_parts = generator.has_parts
    return GeneratedFeatures(
        columns,
        np.concatenate([rows["logits"] for rows in found]),
        float(np.concatenate([rows["mask_mean"] for rows in found]).mean()) if has_parts else None,
        found[0]["mask"] if has_parts else None,
    )


class _Rows:
    """Rows of a structured array, one an image, so that an image is drawn once for all that is kept of it."""

    def __init__(
        self, generator: JudgedGenerator, network: ScoringNetwork, parts: Sequence[str], with_masks: bool
    ) -> None:
        self._generator, self._network, self._parts, self._with_masks = generator, network, parts, with_masks

    def __call__(self, start: int, stop: int) -> np.ndarray:
        drawn, network = self._generator.draw(start, stop), self._network
        images = network.prepare(drawn.image)
        columns: dict[str, Any] = {"image": network.features(images), "logits": network.logits(images)}
        for part in self._parts:
            columns[part] = network.features(network.prepare(getattr(drawn, part)))
        if drawn.mask is not None:
            columns["mask_mean"] = drawn.mask.mean(axis=(1, 2, 3), dtype=np.float32) / 255.0
            if self._with_masks:
                columns["mask"] = drawn.mask
        rows = np.empty(stop - start, [(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
        for name, values in columns.items():
            rows[name] = values
        return rows
