"""The Counterfactual Generative Network."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cgn_tf.models.cgn_inputs import as_conditions, checked_inputs
from cgn_tf.models.constructor import constructor
from cgn_tf.models.contract import Mechanism, check_agreement
from cgn_tf.models.network import Network
from cgn_tf.models.sampling import Sampling
from cgn_tf.ops.compose import compose
from cgn_tf.ops.shared_trace import SharedTrace
from cgn_tf.ops.shift import circular_shift
from cgn_tf.types import NOISE_DISTRIBUTIONS, Composite, Triplet


@keras.saving.register_keras_serializable("cgn_tf")
class CGN(Sampling, Network):
    """Three independent mechanisms, composed: shape → mask, texture → foreground, background (Sauer & Geiger 2021).

    The same class at every scale: only the constructor's arguments differ.

    Args:
        mechanisms: `Triplet` of models, each called with (noise, condition, training=…).
        masker: layer from premask to mask.
        num_classes: labels are in [0, num_classes).
        noise_dim: d of the noise [B, d].
        embedding_dim: width of one label embedding shared by the mechanisms, which then get the embedded label as
            their condition; None: mechanisms get the label itself.
        shuffles: whether texture and background may be shifted circularly, where their mechanisms are: see `offsets`.
        noise_distribution: "normal", or "truncated_normal", cut at two standard deviations; both are standard, and
            multiplied by a truncation.
        shares_noise: whether the three mechanisms have one noise in counterfactuals, too.

    Example:
        >>> cgn = digit_cgn()
        >>> composite = cgn(noise, Triplet(shape=3, texture=7, background=1))  # noise [4, 32]
        >>> composite.image.shape
        (4, 32, 32, 3)
    """

    def __init__(
        self,
        mechanisms: Triplet[keras.Model],
        masker: keras.layers.Layer,
        *,
        num_classes: int,
        noise_dim: int,
        embedding_dim: int | None = None,
        shuffles: bool = False,
        noise_distribution: str = "normal",
        shares_noise: bool = False,
        **kwargs: Any,
    ) -> None:
        # without autocast, so that half precision does not round a truncation; mechanisms cast what they are given
        super().__init__(**{"name": "cgn", **kwargs, "autocast": False})
        if noise_distribution not in NOISE_DISTRIBUTIONS:
            raise ValueError(
                f"noise_distribution: expected one of {', '.join(NOISE_DISTRIBUTIONS)}, got {noise_distribution!r}."
            )
        self.shape_mechanism, self.texture_mechanism, self.background_mechanism = mechanisms
        self.masker = masker
        self._shared_trace = SharedTrace(_call)
        self.num_classes = num_classes
        self.noise_dim = noise_dim
        self.embedding_dim = embedding_dim
        self.shuffles = shuffles
        self.noise_distribution = noise_distribution
        self.shares_noise = shares_noise
        self.label_embedding: keras.layers.Layer | None = None
        if embedding_dim is not None:
            start = keras.initializers.RandomNormal(stddev=1.0)
            self.label_embedding = keras.layers.Embedding(num_classes, embedding_dim, start, name="label_embedding")

    @classmethod
    def of(cls, mechanisms: Triplet[Any], masker: Any, *, num_classes: int, noise_dim: int, shifts: bool = True) -> CGN:
        """The CGN of mechanisms that tell what they need (see `cgn_tf.models.contract.Mechanism`), not built.

        Args:
            mechanisms: they agree on the size of the images, on the noise, and on whose label embedding there is.
            masker: layer from premask to mask.
            num_classes: labels are in [0, num_classes); also the width of a label embedding that mechanisms share.
            noise_dim: d of the noise [B, d].
            shifts: whether images may be shifted circularly where their mechanisms say so.

        Raises:
            ValueError: mechanisms that do not agree.
        """
        check_agreement(mechanisms)
        shape, *drawing = mechanisms
        return cls(
            mechanisms,
            masker,
            num_classes=num_classes,
            noise_dim=noise_dim,
            embedding_dim=num_classes if shape.class_embedding is None else None,
            shuffles=shifts and any(mechanism.is_shifted for mechanism in drawing),
            noise_distribution=shape.noise_distribution,
            shares_noise=shape.shares_noise,
        )

    @property
    def mechanisms(self) -> Triplet[keras.Model]:
        """The three mechanisms by factor."""
        return Triplet(self.shape_mechanism, self.texture_mechanism, self.background_mechanism)

    @property
    def takes_truncation(self) -> bool:
        """Whether the mechanisms normalise by a truncation, as BigGAN does."""
        return any(mechanism.takes_truncation for mechanism in self.mechanisms)

    @property
    def image_size(self) -> int:
        """Height and width of the images."""
        return int(self.texture_mechanism.image_size)

    def __call__(
        self,
        noise: Any,
        labels: Any = None,
        *,
        embeddings: Any = None,
        offsets: Any = None,
        training: bool = False,
        images_per_mask: int = 1,
        truncation: Any = None,
    ) -> Composite:
        """Generates images; with different labels per factor they are counterfactual.

        Args:
            noise: [B, d], standard (see `noise_distribution`), shared by the mechanisms, or a `Triplet` of such.
            labels: int [B], or one int for all images; shared by the mechanisms, or a `Triplet` of such.
            embeddings: in place of labels what `embed` makes of them, float [B, e] each, and what lies between.
            offsets: int [B, 2, 2], circular shift (dy, dx) in pixels of texture ([:, 0]) and background ([:, 1]);
                None: no shift.
            training: batch statistics instead of the stored ones.
            images_per_mask: images of each mask. With K > 1 noise and labels are triplets, [S, d] and [S] for the
                shape and [S·K, d] and [S·K] for texture and background; mask s, made once, is that of images s·K to
                s·K + K − 1.
            truncation: factor on the noise, a number or [B], or a `Triplet` of such; below 1 images are more typical
                of their class and less varied, above 1 the other way round. Mechanisms that normalise by a truncation,
                as BigGAN does, have it in (0, 1] and normalise by the same one. None: 1.

        Returns:
            `Composite`, NHWC; every part, mask and premask too, has B rows, or S·K.

        Raises:
            ValueError: labels outside the classes or one-hot, labels and embeddings both or neither, widths or numbers
                of rows that do not fit, offsets without a shuffler, or a truncation out of range.
        """
        inputs = checked_inputs(self, noise, labels, embeddings, offsets, truncation, images_per_mask)
        return super().__call__(
            inputs.noise,
            inputs.conditions,
            embedded=embeddings is not None,
            offsets=inputs.offsets,
            training=training,
            images_per_mask=images_per_mask,
            truncation=inputs.truncation,
        )

    def call(
        self,
        noise: Triplet[Any],
        conditions: Triplet[Any],
        *,
        embedded: bool = False,
        offsets: Any = None,
        training: bool = False,
        images_per_mask: int = 1,
        truncation: Triplet[Any] | None = None,
    ) -> Composite:
        """`__call__` after its checks: tensors only; the conditions are labels, or `embedded` ones."""
        if self.label_embedding is not None and not embedded:
            conditions = Triplet(*map(self.label_embedding, conditions))
        truncations = Triplet.same(None) if truncation is None else truncation
        # composed in float32, whatever the precision of the mechanisms
        premask, foreground, background = (
            ops.cast(self._drawn(mechanism, u, y, t, training), "float32")
            for mechanism, u, y, t in zip(self.mechanisms, noise, conditions, truncations, strict=True)
        )
        if offsets is not None and self.texture_mechanism.is_shifted:
            foreground = circular_shift(foreground, offsets[:, 0])
        if offsets is not None and self.background_mechanism.is_shifted:
            background = circular_shift(background, offsets[:, 1])
        mask = self.masker(premask)
        if images_per_mask != 1:
            mask, premask = (ops.repeat(part, images_per_mask, axis=0) for part in (mask, premask))
        return Composite(compose(mask, foreground, background), mask, premask, foreground, background)

    def _drawn(self, mechanism: Mechanism, noise: Any, condition: Any, truncation: Any, training: bool) -> Any:
        if truncation is not None:
            noise = noise * (truncation if len(truncation.shape) == 0 else truncation[:, None])
        options = {"truncation": truncation} if mechanism.takes_truncation else {}
        # what is computed a second time in the backward pass has to know variables as such
        traced_once = training and mechanism.shares_trace and not mechanism.recomputes
        return (self._shared_trace if traced_once else _call)(mechanism, noise, condition, training=training, **options)

    def embed(self, labels: Any) -> Triplet[Any]:
        """The embeddings by which the mechanisms know labels, int [B] or a `Triplet` of such: float [B, e] each.

        Given to the CGN as `embeddings` they make the same images; means of them, images between classes.

        Raises:
            ValueError: labels outside the classes.
        """
        known = as_conditions(labels, None, self.num_classes, self.embedding_dim)
        shared = self.label_embedding
        embeddings = [mechanism.class_embedding if shared is None else shared for mechanism in self.mechanisms]
        return Triplet(*(embedding(y) for embedding, y in zip(embeddings, known, strict=True)))

    def build(self, input_shape: Any = None) -> None:
        """Creates every variable, without a call."""
        if self.label_embedding is not None:
            self.label_embedding.build()
        for mechanism in self.mechanisms:
            if not mechanism.built:
                mechanism.build((None, self.noise_dim), (None, self.embedding_dim))
        if not self.masker.built:
            self.masker.build(None)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "mechanisms": [constructor(mechanism) for mechanism in self.mechanisms],
            "masker": constructor(self.masker),
            "num_classes": self.num_classes,
            "noise_dim": self.noise_dim,
            "embedding_dim": self.embedding_dim,
            "shuffles": self.shuffles,
            "noise_distribution": self.noise_distribution,
            "shares_noise": self.shares_noise,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CGN:
        mechanisms = [keras.saving.deserialize_keras_object(part) for part in config["mechanisms"]]
        masker = keras.saving.deserialize_keras_object(config["masker"])
        return cls(**{**config, "mechanisms": Triplet(*mechanisms), "masker": masker})


def _call(mechanism: Any, *inputs: Any, **options: Any) -> Any:
    return mechanism(*inputs, **options)
