"""Everything random in a training step, drawn as a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from cgn_tf.models.cgn import CGN

# One stream a purpose, so that adding a draw leaves the others as they are.
_NOISE, _LABELS, _OFFSETS, _KEEP_FAKE, _KEEP_REAL, _ADDED_FAKE, _ADDED_REAL, _GRAM_PICK, _PATCHES = range(9)


def draws(
    cgn: CGN,
    critic: Any,
    seed: int,
    generated_labels: str,
    critic_noise: Callable[[Any], Any] | None = None,
    gram_pool: int = 0,
    truncation: float = 1.0,
    patches: tuple[int, int] | None = None,
) -> Callable[[Any, Mapping[str, Any]], dict[str, Any]]:
    """A function that adds to a batch of data what `CGNTrainer.train_step` needs besides.

    Args:
        cgn: tells kind and width of the noise, number of classes, size of the images, and whether texture and
            background are shifted.
        critic: tells how many dropout masks it takes; None: no critic.
        seed: of the run.
        generated_labels: "paired": the generated images get the labels of the real ones, so that image and reference
            show the same class; "independent": uniform labels of their own (the paper's digits); "twins": such labels,
            each for two images in a row.
        critic_noise: step → standard deviation of what is added to the images that the critic sees; None: nothing.
        gram_pool: references of each class in the Gram bank, of which each image gets one; 0: no bank.
        truncation: factor on the noise.
        patches: how many patches of the reference the texture loss takes, and out of how many; None: no such loss.

    Returns:
        (step int64 [], batch with `label` int32 [B] and, but for latent data, `image` [B, H, W, 3]) → batch with
        `noise`, `generated_label`, `offsets`, `keep_fake`, `keep_real`, `added_fake`, `added_real`, `gram_pick`,
        `patch_picks`; see `CGNTrainer.train_step`.
    """

    def add(step: Any, batch: Mapping[str, Any]) -> dict[str, Any]:
        size = tf.shape(batch["label"])[0]

        def stream(purpose: int) -> Any:
            # folding keeps the streams of (seed, step) pairs apart, which seed + step would not
            key = tf.random.experimental.stateless_fold_in(tf.constant([seed, purpose], tf.int64), step)
            return tf.cast(key, tf.int64)

        added = dict(batch)
        added["noise"] = noise_of(cgn, size, stream(_NOISE), truncation)
        added["generated_label"] = (
            batch["label"]
            if generated_labels == "paired"
            else _uniform_labels(cgn, size, stream(_LABELS), twins=generated_labels == "twins")
        )
        if cgn.shuffles:
            added["offsets"] = tf.random.stateless_uniform((size, 2, 2), stream(_OFFSETS), 0, cgn.image_size, tf.int32)
        if critic is not None and critic.dropout_layers:
            shape = (size, critic.dropout_layers, critic.width)
            for name, purpose in (("keep_fake", _KEEP_FAKE), ("keep_real", _KEEP_REAL)):
                uniform = tf.random.stateless_uniform(shape, stream(purpose))
                added[name] = tf.cast(uniform >= critic.dropout_rate, tf.float32)
        if critic is not None and critic_noise is not None:
            deviation = critic_noise(step)
            for name, purpose in (("added_fake", _ADDED_FAKE), ("added_real", _ADDED_REAL)):
                added[name] = tf.random.stateless_normal(tf.shape(batch["image"]), stream(purpose), 0.0, deviation)
        if gram_pool:
            added["gram_pick"] = tf.random.stateless_uniform((size,), stream(_GRAM_PICK), 0, gram_pool, tf.int32)
        if patches is not None:
            count, best = patches
            added["patch_picks"] = tf.random.stateless_uniform((size, count), stream(_PATCHES), 0, best, tf.int32)
        return added

    return add


def _uniform_labels(cgn: CGN, size: Any, seed: Any, twins: bool) -> Any:
    if not twins:
        return tf.random.stateless_uniform((size,), seed, 0, cgn.num_classes, tf.int32)
    return tf.repeat(tf.random.stateless_uniform((size // 2,), seed, 0, cgn.num_classes, tf.int32), 2)


def noise_of(cgn: CGN, size: Any, seed: Any, truncation: float) -> Any:
    """Noise [size, d] of the kind that `cgn` takes, multiplied by the truncation."""
    draw = {"normal": tf.random.stateless_normal, "truncated_normal": tf.random.stateless_truncated_normal}[cgn.noise]
    noise = draw((size, cgn.noise_dim), seed)
    return noise if truncation == 1.0 else truncation * noise
