"""Scores of generated images and of decisions, from arrays alone: NumPy and SciPy, no network and no image.

    real, generated = cgn_tf.metrics.FeatureMoments(512), cgn_tf.metrics.FeatureMoments(512)
    for batch in ...:
        real.update(features(batch))
    distance = cgn_tf.metrics.frechet_distance(real.statistics(), generated.statistics()).distance

What these functions refuse, they refuse with a ValueError: values that are not finite, another shape than expected,
too few samples.
"""

from __future__ import annotations

from cgn_tf.metrics.bootstrap import BootstrapInterval, bootstrap_interval
from cgn_tf.metrics.error_consistency import ErrorConsistency, error_consistency
from cgn_tf.metrics.frechet import FeatureMoments, FeatureStatistics, FrechetDistance, frechet_distance
from cgn_tf.metrics.inception_score import InceptionScore, inception_score
from cgn_tf.metrics.kernel_distance import KernelDistance, kernel_distance
from cgn_tf.metrics.manifold import ManifoldScores, manifold_scores

__all__ = [
    "BootstrapInterval",
    "ErrorConsistency",
    "FeatureMoments",
    "FeatureStatistics",
    "FrechetDistance",
    "InceptionScore",
    "KernelDistance",
    "ManifoldScores",
    "bootstrap_interval",
    "error_consistency",
    "frechet_distance",
    "inception_score",
    "kernel_distance",
    "manifold_scores",
]
