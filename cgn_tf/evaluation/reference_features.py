"""Features of real images, computed once: a file keeps them, and says what they are of."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.reference_images import ReferenceImages
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.json_file import json_text
from cgn_tf.files.npz_file import read_npz
from cgn_tf.metrics import FeatureMoments, FeatureStatistics

KEPT = 10_000
"""Samples of a set, evenly spaced, of which features are kept; the Fréchet distance is of all."""
_ARRAYS = ("record", "mean", "covariance", "count", "kept")
_WORDS = {
    "features": "features by {}",
    "weights_sha256": "weights with the sha256 {}",
    "resize": "images resized {}",
    "data_sha256": "images with the sha256 {}",
}


class ReferenceFeatures(NamedTuple):
    """What scores know of a set of real images.

    Attributes:
        record: what it is of: "features", "weights_sha256", "resize", "data_sha256", "about"; texts.
        statistics: of all images.
        kept: float32 [M, D], features of at most `KEPT` images.
    """

    record: dict[str, str]
    statistics: FeatureStatistics
    kept: np.ndarray


def record_of(network: ScoringNetwork, images: ReferenceImages | None) -> dict[str, str]:
    """What the features of images by a network are recorded with; without images: all that the network says."""
    said = {"features": network.name, "weights_sha256": network.weights_sha256, "resize": network.resize}
    return said if images is None else {**said, "data_sha256": images.sha256, "about": images.about}


def feature_statistics(features: np.ndarray) -> FeatureStatistics:
    """Mean and covariance of features, [N, D]."""
    moments = FeatureMoments(features.shape[1])
    for start in range(0, len(features), KEPT):
        moments.update(features[start : start + KEPT])
    return moments.statistics()


def kept_of(features: np.ndarray) -> np.ndarray:
    """At most `KEPT` rows of features, evenly spaced."""
    return features if len(features) <= KEPT else features[np.arange(KEPT) * len(features) // KEPT]


def compute_reference(
    network: ScoringNetwork, images: ReferenceImages, computed: ComputedRows, name: str, batch: int
) -> ReferenceFeatures:
    """Runs the network on real images, a batch at a time; `name` is that of the rows in `computed`."""

    def compute(start: int, stop: int) -> np.ndarray:
        return network.features(images.read(start, stop, network.prepare))

    features = computed.rows(name, images.count, batch, compute)
    return ReferenceFeatures(record_of(network, images), feature_statistics(features), kept_of(features))


def write_statistics(path: Path, reference: ReferenceFeatures) -> None:
    """Writes the file, whole or not at all.

    Raises:
        CommandError: the disk refuses.
    """
    encoded, statistics = io.BytesIO(), reference.statistics
    np.savez(
        encoded,
        record=np.frombuffer(json_text(reference.record).encode(), np.uint8),
        mean=statistics.mean,
        covariance=statistics.covariance,
        count=np.int64(statistics.count),
        kept=reference.kept,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encoded.getvalue())
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}); choose another `statistics`.") from error


def read_statistics(path: Path, network: ScoringNetwork, images: ReferenceImages | None) -> ReferenceFeatures:
    """Reads the file, if it is of this network and, where they are given, of these images.

    Raises:
        CommandError: it is of others, or no such file.
    """
    arrays = read_npz(path, _ARRAYS)
    try:
        record = json.loads(arrays["record"].tobytes())
        sound = isinstance(record, dict) and {*_WORDS, "about"} <= record.keys()
    except ValueError:
        sound = False
    mean, covariance, kept = (arrays[name] for name in ("mean", "covariance", "kept"))
    if not sound or mean.ndim != 1 or covariance.shape != 2 * mean.shape or kept.shape[1:] != mean.shape:
        raise CommandError(f"{path}: expected statistics that this command wrote, got others; give another file.")
    for name, expected in record_of(network, images).items():
        if name in _WORDS and record[name] != expected:
            words = _WORDS[name]
            raise CommandError(
                f"{path}: expected statistics of {words.format(expected)}, got those of {words.format(record[name])}; "
                "give another `statistics`, or remove the file to have it made anew."
            )
    return ReferenceFeatures(record, FeatureStatistics(mean, covariance, int(arrays["count"])), kept)
