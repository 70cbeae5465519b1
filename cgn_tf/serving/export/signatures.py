"""What a served CGN takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.ops.clipping import as_uint8
from cgn_tf.random_streams import noise_of_seeds
from cgn_tf.serving.export.cgn_inputs import fraction_input, labels_input, noise_input, seed_input, truncation_input
from cgn_tf.serving.export.inputs import Input, Signature, served
from cgn_tf.types import LABEL_NAMES, Composite, Triplet

TRUNCATION = "truncation"
DEFAULT: str = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
"""The signature that is asked where a request names none: "serving_default"."""

_STRAIGHT = 1e-3
"""Sine of the angle between two noises below which the way between them is a line: that of the circle is not known."""


def cgn_signatures(cgn: CGN, max_batch_size: int) -> dict[str, Signature]:
    """The signatures of a CGN by name, in inference mode and without shifts.

    Inputs, B rows each, 1 to `max_batch_size`; for what is refused see `served`:
        `noise`: float32 [B, d], standard, finite; one for all three mechanisms, as in training.
        `seed`: int64 [B], in its place: the noise of a row is a function of its seed alone.
        `shape_label`, `texture_label`, `background_label`: int64 [B].
        `truncation`: float32 [B] in (0, 1]; the noise is multiplied by it, and BigGAN mechanisms also normalise by it.

    Signatures:
        `serving_default`: noise, labels and truncation → `image`, uint8 [B, H, W, 3].
        `mechanisms`: the same → `image`, `mask`, `premask`, `foreground`, `background`, all float32 [B, H, W,
            channels]; see `Composite`.
        `sample`: seed, labels and truncation → `image`.
        `png`: the same → `image_bytes`, the image as a PNG file, string [B].
        `interpolate`: `start_noise`, `end_noise`, `start_shape_label`, …, `end_background_label`, `fraction` float32
            [B] in [0, 1] and truncation → `image`; see `between` for the way.
    """
    noisy, seeded, ends = _inputs(cgn)
    answers = _Answers(cgn)
    return {
        DEFAULT: served(noisy, answers.image, max_batch_size),
        "mechanisms": served(noisy, answers.mechanisms, max_batch_size),
        "sample": served(seeded, answers.sample, max_batch_size),
        "png": served(seeded, answers.png, max_batch_size),
        "interpolate": served(ends, answers.interpolate, max_batch_size),
    }


class _Answers:
    """What the signatures of a CGN answer; see `cgn_signatures` for what they are given."""

    def __init__(self, cgn: CGN) -> None:
        self._cgn = cgn

        @tf.function(autograph=False, jit_compile=False)  # all signatures call this one: traced and stored once
        def generate(noise: Any, embeddings: Triplet[Any], truncation: Any) -> Composite:
            return cgn(noise, embeddings=embeddings, truncation=truncation)

        self._generate = generate

    def image(self, noise: Any, **given: Any) -> dict[str, Any]:
        return {"image": as_uint8(self._parts(noise, given).image)}

    def mechanisms(self, noise: Any, **given: Any) -> dict[str, Any]:
        return self._parts(noise, given)._asdict()

    def sample(self, seed: Any, **given: Any) -> dict[str, Any]:
        return self.image(seeded_noise(self._cgn, seed), **given)

    def png(self, seed: Any, **given: Any) -> dict[str, Any]:
        return {"image_bytes": tf.io.encode_png(self.sample(seed, **given)["image"])}

    def interpolate(self, start_noise: Any, end_noise: Any, fraction: Any, **given: Any) -> dict[str, Any]:
        start, end = self._embedded(given, "start_"), self._embedded(given, "end_")
        share = fraction[:, None]
        # not start + share · (end − start), which does not give the end exactly
        embeddings = Triplet(*((1.0 - share) * a + share * b for a, b in zip(start, end, strict=True)))
        noise = between(start_noise, end_noise, share)
        return {"image": as_uint8(self._generate(noise, embeddings, given[TRUNCATION]).image)}

    def _parts(self, noise: Any, given: Mapping[str, Any]) -> Composite:
        return self._generate(noise, self._embedded(given), given[TRUNCATION])

    def _embedded(self, given: Mapping[str, Any], prefix: str = "") -> Triplet[Any]:
        return self._cgn.embed(Triplet(*(given[f"{prefix}{name}"] for name in LABEL_NAMES)))


def _inputs(cgn: CGN) -> tuple[list[Input], list[Input], list[Input]]:
    """The inputs of a request with noise, with a seed, and with the two ends of a way."""
    labels = [labels_input(name, cgn.num_classes) for name in LABEL_NAMES]
    truncation = truncation_input()
    noisy = [noise_input("noise", cgn.noise_dim), *labels, truncation]
    seeded = [seed_input(), *labels, truncation]
    ends = [
        *(noise_input(f"{end}_noise", cgn.noise_dim) for end in ("start", "end")),
        *(labels_input(f"{end}_{name}", cgn.num_classes) for end in ("start", "end") for name in LABEL_NAMES),
        fraction_input(),
        truncation,
    ]
    return noisy, seeded, ends


def seeded_noise(cgn: CGN, seeds: Any) -> Any:
    """Noise of the CGN's own distribution, float32 [B, d], each row a function of its seed alone, int64 [B]."""
    return noise_of_seeds(cgn.noise_distribution, cgn.noise_dim, seeds, tf.zeros_like(seeds))


def between(start: Any, end: Any, share: Any) -> Any:
    """Noise on the great circle from `start` to `end`, both [B, d], at `share` [B, 1] of its angle.

    High-dimensional noise lies near a sphere. Halfway on a straight line it would be shorter by a factor of √½ than any
    that the mechanisms were trained with (White 2016, arXiv:1609.04468). Where both point in the same direction, or in
    opposite ones, there is no such circle, or there are many, and the way is a line.
    """
    cosine = tf.reduce_sum(tf.math.l2_normalize(start, 1) * tf.math.l2_normalize(end, 1), axis=1, keepdims=True)
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    sine = tf.sin(angle)
    line = sine < _STRAIGHT
    safe = tf.where(line, 1.0, sine)
    of_start, of_end = (tf.where(line, part, tf.sin(part * angle) / safe) for part in (1.0 - share, share))
    return of_start * start + of_end * end
