"""The scores of generated images against real ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.reference_features import ReferenceFeatures, feature_statistics, kept_of
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from cgn_tf.metrics import (
    FrechetDistance,
    KernelDistance,
    ManifoldScores,
    frechet_distance,
    kernel_distance,
    manifold_scores,
)

NEIGHBOUR = 3
"""k of precision, recall, density and coverage."""


class ImageScores(NamedTuple):
    """Scores of one set of generated images.

    Attributes:
        about: what the real images are.
        frechet: of all images.
        kernel: of at most `KEPT` images of each set, as the next.
        manifold: precision, recall, density and coverage.
    """

    about: str
    frechet: FrechetDistance
    kernel: KernelDistance
    manifold: ManifoldScores

    def as_json(self, network: ScoringNetwork) -> dict[str, Any]:
        """Entries of report.json; names of scores carry that of the network."""
        shares = {name: round(getattr(self.manifold, name), 5) for name in SHARES}
        real, generated = self.manifold.counts
        return {
            "reference": self.about,
            network.score_name("FID"): self.frechet.distance,
            "generated_images": self.frechet.counts[0],
            "real_images": self.frechet.counts[1],
            "few_samples": self.frechet.few,
            network.score_name("KID"): self.kernel.mean,
            "kid_std": self.kernel.std,
            "kid_subsets": self.kernel.subsets,
            "kid_subset_size": self.kernel.subset_size,
            **shares,
            "k": self.manifold.k,
            "neighbours_among": {"real": real, "generated": generated},
        }


SHARES = ("precision", "recall", "density", "coverage")


def check_enough(network: ScoringNetwork, count: int, what: str, allow_few: bool) -> None:
    """Holds a set of images to be large enough for its scores.

    Args:
        network: by whose features they are compared.
        count: the number of images.
        what: names the set and what to do: "`real`: {got}".
        allow_few: whether fewer images than features will do.

    Raises:
        CommandError: it is not.
    """
    least = NEIGHBOUR + 1 if allow_few else max(network.width, NEIGHBOUR + 1)
    if count < least:
        instead = "" if allow_few else ", or set `allow_few_samples`, which makes figures that compare to no others"
        raise CommandError(
            f"{what}: expected at least {least:,} images, "
            f"{'' if allow_few else f'as many as {network.name} has features, '}got {count:,}; give more{instead}."
        )


def image_scores(features: np.ndarray, reference: ReferenceFeatures, allow_few: bool, seed: int) -> ImageScores:
    """Compares features of generated images, [N, D], with those of real ones."""
    kept = kept_of(features)
    return ImageScores(
        reference.record["about"],
        frechet_distance(feature_statistics(features), reference.statistics, allow_few=allow_few),
        kernel_distance(kept, reference.kept, seed=seed),
        manifold_scores(reference.kept, kept, NEIGHBOUR),
    )
