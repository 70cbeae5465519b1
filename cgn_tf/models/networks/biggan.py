"""The generator of BigGAN-deep (Brock et al. 2019), as DeepMind published it on TF-Hub."""

from __future__ import annotations

import itertools
from typing import Any

import keras
from keras import ops

from cgn_tf.layers.attention import SelfAttention
from cgn_tf.layers.conditional_norm import TruncationNorm, TruncationRows, scales_and_shifts
from cgn_tf.layers.gen_block import GenBlock
from cgn_tf.layers.spectral import SpectralConv, SpectralDense
from cgn_tf.models.network import Network
from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.ops.spectral import EPSILON
from cgn_tf.ops.truncation import checked_truncation

_TRUNK = ((16, 16), (16, 16), (16, 16), (16, 8))
BLOCKS: dict[int, tuple[tuple[int, int], ...]] = {
    128: (*_TRUNK, (8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1)),
    256: (*_TRUNK, (8, 8), (8, 8), (8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1)),
    512: (*_TRUNK, (8, 8), (8, 8), (8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1), (1, 1), (1, 1)),
}
"""Input and output channels of each block, in units of the width; every second block enlarges."""
ATTENTION_IN_FRONT_OF = 8
"""The block that takes what the attention gives, 64×64 pixels at every resolution."""


@keras.saving.register_keras_serializable("cgn_tf")
class BigGAN(Network):
    """BigGAN-deep: noise and a class → image, with fixed batch norm statistics for each truncation.

    As published: 50,388,609, 55,880,833 and 56,163,905 parameters at 128, 256 and 512 pixels. Weights come from
    `tools/convert.py`; until then they are random.

    Args:
        resolution: 128, 256 or 512.
        width: channels of the last block; 128 as published, smaller for tests.
        num_classes: labels are in [0, num_classes).
        noise_dim: d of the noise, and of the class embedding.
        reversed_truncation: interpolate between the stored statistics with the shares exchanged, as the PyTorch ports
            do; the same at multiples of 0.02.
        sigma_epsilon: see `spectral_norm`; 0 in weights from the PyTorch ports.

    Example:
        >>> generator = cgn_tf.load("runs/biggan256")
        >>> images = generator(truncation * noise, labels, truncation)  # [B, 256, 256, 3] in [-1, 1]

    Raises:
        ValueError: another resolution, or a width that is not a multiple of 4.
    """

    noise_distribution = "truncated_normal"
    shares_noise = True
    takes_truncation = True
    is_shifted = False
    can_recompute = True
    shares_trace = True
    """Whether equal mechanisms are one part of a training graph (see `SharedTrace`)."""
    recomputes: bool
    """Whether blocks are computed again in the backward pass; of a training run, and no part of the configuration."""

    def __init__(
        self,
        resolution: int = 256,
        width: int = 128,
        num_classes: int = 1000,
        noise_dim: int = 128,
        reversed_truncation: bool = False,
        sigma_epsilon: float = EPSILON,
        **kwargs: Any,
    ) -> None:
        # without autocast, so that half precision does not round the truncation
        super().__init__(**{"name": "biggan", **kwargs, "autocast": False})
        if resolution not in BLOCKS:
            raise ValueError(f"resolution: expected one of {', '.join(map(str, BLOCKS))}, got {resolution}.")
        if width < 4 or width % 4:
            raise ValueError(f"width: expected a multiple of 4, got {width}.")
        self.resolution = resolution
        self.width = width
        self.num_classes = num_classes
        self.noise_dim = noise_dim
        self.reversed_truncation = reversed_truncation
        self.recomputes = False
        self.sigma_epsilon = sigma_epsilon
        self.class_embedding = keras.layers.Embedding(num_classes, noise_dim, name="class_embedding")
        self.from_noise = SpectralDense(16 * 16 * width, sigma_epsilon=sigma_epsilon, name="from_noise")
        self.blocks = [
            GenBlock(before * width, after * width, i % 2 == 1, sigma_epsilon, name=f"block{i}")
            for i, (before, after) in enumerate(BLOCKS[resolution])
        ]
        self.attention = SelfAttention(self._attention_channels, sigma_epsilon, name="attention")
        self.norm = TruncationNorm(width, name="norm")
        self.to_rgb = SpectralConv(width, 3, outputs=3, sigma_epsilon=sigma_epsilon, name="to_rgb")

    @property
    def _attention_channels(self) -> int:
        return self.blocks[ATTENTION_IN_FRONT_OF].in_channels

    @property
    def image_size(self) -> int:
        """Height and width of the images."""
        return self.resolution

    def build(self, noise_shape: Any = None, labels_shape: Any = None) -> None:
        """Creates every variable, without a call."""
        condition = (None, 2 * self.noise_dim)
        self.class_embedding.build()
        self.from_noise.build(condition)
        for block in self.blocks:
            block.build((None, None, None, block.in_channels), condition)
        self.attention.build((None, None, None, self._attention_channels))
        self.norm.build()
        self.to_rgb.build((None, None, None, self.width))
        self.built = True

    def __call__(self, noise: Any, labels: Any, truncation: Any = 1.0, training: bool = False) -> Any:
        """Generates images.

        Args:
            noise: [B, d], drawn from a normal distribution truncated at ±2 and multiplied by the truncation.
            labels: int [B], or their embeddings and what lies between, float [B, d].
            truncation: which statistics to normalise with, in (0, 1]: a number, or [B].
            training: rounding alone depends on it (see `SpectralConv`): the statistics are fixed.

        Returns:
            [B, resolution, resolution, 3] in [-1, 1].

        Raises:
            ValueError: noise or embeddings of another width, labels outside the classes, or a truncation out of range
                (where values are known, not while a graph is traced).
        """
        noise = ops.convert_to_tensor(noise)
        if len(noise.shape) != 2 or noise.shape[1] != self.noise_dim:
            raise ValueError(f"noise: expected shape [B, {self.noise_dim}], got {tuple(noise.shape)}.")
        if not is_embedded(labels):
            labels = as_labels(labels, self.num_classes, "class")
        elif labels.shape[1] != self.noise_dim:
            raise ValueError(
                f"class labels: expected int [B], or embeddings [B, {self.noise_dim}], got floats "
                f"{list(labels.shape)}; of one-hot labels give np.argmax(one_hot, axis=1)."
            )
        return super().__call__(noise, labels, checked_truncation(truncation), training=training)

    def call(self, noise: Any, labels: Any, truncation: Any, training: bool = False) -> Any:
        """`__call__` after its checks: tensors only."""
        rows = TruncationRows.of(truncation, self.reversed_truncation)
        embedded = labels if is_embedded(labels) else self.class_embedding(labels)
        condition = ops.concatenate([ops.cast(noise, embedded.dtype), embedded], axis=-1)
        x = ops.reshape(self.from_noise(condition, training=training), (-1, 4, 4, 16 * self.width))
        norms = [norm for block in self.blocks for norm in block.norms]
        scales = iter(scales_and_shifts(norms, condition, rows, training))
        for i, block in enumerate(self.blocks):
            if i == ATTENTION_IN_FRONT_OF:
                x = self.attention(x, training=training)
            apply = _recomputed if self.recomputes else GenBlock.__call__
            x = apply(block, x, list(itertools.islice(scales, len(block.norms))), training=training)
        scale, shift = (ops.cast(part, x.dtype)[:, None, None] for part in self.norm(rows))
        return ops.tanh(self.to_rgb(ops.relu(x * scale + shift), training=training))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "resolution": self.resolution,
            "width": self.width,
            "num_classes": self.num_classes,
            "noise_dim": self.noise_dim,
            "reversed_truncation": self.reversed_truncation,
            "sigma_epsilon": self.sigma_epsilon,
        }


def _recomputed(block: GenBlock, x: Any, scales: list[tuple[Any, Any]], training: bool) -> Any:
    """`block(x, scales)`, which the backward pass computes again instead of keeping what it made."""

    def compute(x: Any, *flat: Any) -> Any:
        return block(x, list(zip(flat[::2], flat[1::2], strict=True)), training=training)

    return keras.remat(compute)(x, *itertools.chain.from_iterable(scales))
