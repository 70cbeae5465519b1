"""The inputs of a served CGN."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from cgn_tf.serving.export.inputs import Input


def noise_input(name: str, columns: int) -> Input:
    """Noise, float32 [B, columns], finite."""

    def example(rows: int) -> np.ndarray:
        # of the ends of a way each has another
        random = np.random.default_rng(len(name))
        return random.standard_normal((rows, columns)).clip(-2.0, 2.0).astype(np.float32)

    return Input(
        name,
        tf.float32,
        example,
        "finite numbers",
        lambda noise: tf.reduce_all(tf.math.is_finite(noise), axis=1),
        columns,
        "NaN or infinity",
    )


def seed_input() -> Input:
    """Seeds, int64 [B]: all there are."""
    return Input("seed", tf.int64, lambda rows: np.arange(rows))


def labels_input(name: str, num_classes: int) -> Input:
    """Class labels, int64 [B], as NumPy and JSON clients have them; one too large for int32 is not wrapped around."""
    return Input(
        name,
        tf.int64,
        lambda rows: (np.arange(rows) + len(name)) % num_classes,
        f"labels in [0, {num_classes})",
        lambda label: (label >= 0) & (label < num_classes),
    )


def truncation_input() -> Input:
    """The truncation, float32 [B] in (0, 1]."""
    # comparisons with NaN are false
    return Input(
        "truncation",
        tf.float32,
        lambda rows: np.linspace(1.0, 0.5, rows, dtype=np.float32),
        "values in (0, 1]",
        lambda values: (values > 0) & (values <= 1),
        default=1.0,
    )


def fraction_input() -> Input:
    """How far it is from start to end, float32 [B] in [0, 1]."""
    return Input(
        "fraction",
        tf.float32,
        lambda rows: np.linspace(0.25, 1.0, rows, dtype=np.float32),
        "values in [0, 1]",
        lambda values: (values >= 0) & (values <= 1),
    )
