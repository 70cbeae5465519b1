"""Everything random in a training step of a CGN, drawn as a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from cgn_tf.losses.contract import PatchIndices
from cgn_tf.models.cgn import CGN
from cgn_tf.models.contract import Discriminator
from cgn_tf.random_streams import Stream, draw_noise, stream_key

GENERATED_LABELS = {
    "paired": "those of the batch's real images, so that references show the same class",
    "independent": "uniform, as in the paper's digits",
    "paired_noise": "independent, and each label for two images in a row, whose noise differs",
}
"""Where the labels of generated images come from → what that means."""


@dataclass(frozen=True, kw_only=True)
class StepRandomness:
    """Adds to a batch of data what `CGNTrainer.train_step` needs besides.

    Attributes:
        cgn: tells distribution and width of the noise, number of classes, size of the images, and whether texture and
            background are shifted.
        seed: integer seed of all draws.
        discriminator: tells its random inputs; None: no discriminator.
        generated_labels: one of `GENERATED_LABELS`.
        instance_noise: step → standard deviation of what is added to the images that the discriminator sees; None:
            nothing.
        style_references: images of each class in the style reference bank, of which each image gets one; 0: no bank.
        patch_indices: how many patches of the reference the texture loss takes, and out of how many; None: no such
            loss.
    """

    cgn: CGN
    seed: int
    discriminator: Discriminator | None = None
    generated_labels: str = "paired"
    instance_noise: Callable[[Any], Any] | None = None
    style_references: int = 0
    patch_indices: PatchIndices | None = None

    def __call__(self, step: Any, label: Any, image: Any = None) -> dict[str, Any]:
        """The entries of `Batch` for a step; works eagerly and inside tf.data.

        Args:
            step: int64 [].
            label: int32 [B], of the data.
            image: float32 [B, H, W, 3]; None: data of labels alone.
        """
        size = tf.shape(label)[0]
        entries = {"label": label} | ({} if image is None else {"image": image})
        entries["noise"] = draw_noise(
            self.cgn.noise_distribution, (size, self.cgn.noise_dim), self._key(Stream.NOISE, step)
        )
        entries["generated_label"] = self._labels(step, label, size)
        if self.cgn.shuffles:
            key = self._key(Stream.OFFSETS, step)
            entries["offsets"] = tf.random.stateless_uniform((size, 2, 2), key, 0, self.cgn.image_size, tf.int32)
        if self.discriminator is not None:
            entries |= self._for_discriminator(step, image, size)
        if self.style_references:
            key = self._key(Stream.STYLE_REFERENCE, step)
            entries["style_reference_indices"] = tf.random.stateless_uniform(
                (size,), key, 0, self.style_references, tf.int32
            )
        if self.patch_indices is not None:
            key, (number, below) = self._key(Stream.PATCHES, step), self.patch_indices
            entries["patch_indices"] = tf.random.stateless_uniform((size, number), key, 0, below, tf.int32)
        return entries

    def _labels(self, step: Any, label: Any, size: Any) -> Any:
        if self.generated_labels == "paired":
            return label
        key, classes = self._key(Stream.GENERATED_LABEL, step), self.cgn.num_classes
        if self.generated_labels == "independent":
            return tf.random.stateless_uniform((size,), key, 0, classes, tf.int32)
        return tf.repeat(tf.random.stateless_uniform((size // 2,), key, 0, classes, tf.int32), 2)

    def _for_discriminator(self, step: Any, image: Any, size: Any) -> dict[str, Any]:
        """Random inputs of both passes, and the noise on what the discriminator sees."""
        entries: dict[str, Any] = {}
        random_inputs = {} if self.discriminator is None else self.discriminator.random_inputs
        streams = (
            ("fake", Stream.FAKE_DISCRIMINATOR, Stream.FAKE_INSTANCE_NOISE),
            ("real", Stream.REAL_DISCRIMINATOR, Stream.REAL_INSTANCE_NOISE),
        )
        for kind, inputs_stream, noise_stream in streams:
            if random_inputs:
                key = self._key(inputs_stream, step)
                entries[f"{kind}_random_inputs"] = {
                    name: tf.cast(tf.random.stateless_uniform((size, *mask.shape), key) >= mask.rate, tf.float32)
                    for name, mask in random_inputs.items()
                }
            if self.instance_noise is not None:
                key, deviation = self._key(noise_stream, step), self.instance_noise(step)
                noise = tf.random.stateless_normal(tf.shape(image), key, 0.0, deviation)
                entries[f"{kind}_instance_noise"] = noise
        return entries

    def _key(self, stream: Stream, step: Any) -> Any:
        return stream_key(self.seed, stream, step)
