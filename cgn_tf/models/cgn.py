"""The Counterfactual Generative Network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cgn_tf.ops.compose import compose
from cgn_tf.ops.labels import as_labels, is_embedded
from cgn_tf.ops.shift import circular_shift
from cgn_tf.ops.truncation import checked_truncation
from cgn_tf.types import Composite, Triplet

NOISES = ("normal", "truncated_normal")


@keras.saving.register_keras_serializable("cgn_tf")
class CGN(keras.Model):
    """Three independent mechanisms, composed: shape → mask, texture → foreground, background (Sauer & Geiger 2021).

    The same class at every scale: only the constructor's arguments differ.

    Args:
        mechanisms: `Triplet` of models, each called with (noise, condition, training=…).
        masker: layer from premask to mask.
        num_classes: labels are in [0, num_classes).
        noise_dim: d of the noise [B, d].
        embedding_dim: width of one label embedding shared by the mechanisms, which then get the embedded label as
            their condition; None: mechanisms get the label itself.
        shuffles: whether texture and background may be shifted circularly (see `offsets` of `__call__`).
        noise: what its noise is drawn from: "normal", or "truncated_normal", cut at two standard deviations; both
            standard, and to be multiplied by a truncation.
        shares_noise: whether the three mechanisms have one noise in counterfactuals, too.

    Example:
        >>> cgn = digit_cgn()
        >>> composite = cgn(noise, Triplet(shape=[3], texture=[7], background=[1]))  # noise [1, 32]
        >>> composite.image.shape
        (1, 32, 32, 3)
    """

    def __init__(
        self,
        mechanisms: Triplet[keras.Model],
        masker: keras.layers.Layer,
        num_classes: int,
        noise_dim: int,
        embedding_dim: int | None = None,
        shuffles: bool = False,
        noise: str = "normal",
        shares_noise: bool = False,
        **kwargs: Any,
    ) -> None:
        # without autocast, so that half precision does not round a truncation; mechanisms cast what they are given
        super().__init__(**{"name": "cgn", **kwargs, "autocast": False})
        if noise not in NOISES:
            raise ValueError(f"noise: expected one of {', '.join(NOISES)}, got {noise!r}.")
        self.shape_mechanism, self.texture_mechanism, self.background_mechanism = mechanisms
        self.masker = masker
        self.num_classes = num_classes
        self.noise_dim = noise_dim
        self.embedding_dim = embedding_dim
        self.shuffles = shuffles
        self.noise = noise
        self.shares_noise = shares_noise
        self.label_embedding = (
            None
            if embedding_dim is None
            else keras.layers.Embedding(
                num_classes,
                embedding_dim,
                embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
                name="label_embedding",
            )
        )

    @property
    def mechanisms(self) -> Triplet[keras.Model]:
        """The three mechanisms by factor."""
        return Triplet(self.shape_mechanism, self.texture_mechanism, self.background_mechanism)

    @property
    def takes_truncation(self) -> bool:
        """Whether the mechanisms normalise by a truncation, as BigGAN does."""
        return bool(getattr(self.texture_mechanism, "takes_truncation", False))

    @property
    def image_size(self) -> int:
        """Height and width of the images."""
        return int(self.texture_mechanism.image_size)

    def __call__(
        self,
        noise: Any,
        labels: Any,
        offsets: Any = None,
        training: bool = False,
        per_shape: int = 1,
        truncation: Any = None,
    ) -> Composite:
        """Generates images; with different labels per factor they are counterfactual.

        Args:
            noise: [B, d], shared by the mechanisms, or a `Triplet` of such.
            labels: int [B], shared by the mechanisms, or a `Triplet` of such; or what `embed` makes of them, float
                [B, e], and what lies between.
            offsets: int [B, 2, 2], circular shift (dy, dx) in pixels of texture ([:, 0]) and background ([:, 1]);
                None: no shift.
            training: batch statistics instead of the stored ones.
            per_shape: images of each mask. With K > 1 noise and labels are triplets, [S, d] and [S] for the shape and
                [S·K, d] and [S·K] for texture and background; mask s, made once, is that of images s·K to s·K + K − 1.
            truncation: which statistics BigGAN mechanisms normalise with, in (0, 1], a number or, with `per_shape` 1,
                [B]; None: 1. The noise is already multiplied by it.

        Returns:
            `Composite`, NHWC; every part, mask and premask too, has B rows, or S·K.

        Raises:
            ValueError: labels outside the classes, noise of another width, offsets for a model without shuffler, a
                truncation for one that has none or out of range, or with `per_shape` above 1 numbers of rows that do
                not fit.
        """
        noises = noise if isinstance(noise, Triplet) else Triplet.same(noise)
        factors = labels if isinstance(labels, Triplet) else Triplet.same(labels)
        if offsets is not None and not self.shuffles:
            raise ValueError("offsets were given, but this model has no shuffler; pass offsets=None.")
        if truncation is not None and not self.takes_truncation:
            raise ValueError("a truncation was given, but these mechanisms have none; multiply the noise by it alone.")
        if per_shape != 1:
            _check_rows(noises, factors, offsets, per_shape)
        return super().__call__(
            Triplet(*(self._as_noise(u, factor) for u, factor in zip(noises, Triplet._fields, strict=True))),
            Triplet(*(self._as_condition(y, f) for y, f in zip(factors, Triplet._fields, strict=True))),
            offsets=None if offsets is None else ops.convert_to_tensor(offsets),
            training=training,
            per_shape=per_shape,
            truncation=checked_truncation(1.0 if truncation is None else truncation) if self.takes_truncation else None,
        )

    def call(
        self,
        noise: Triplet[Any],
        labels: Triplet[Any],
        offsets: Any = None,
        training: bool = False,
        per_shape: int = 1,
        truncation: Any = None,
    ) -> Composite:
        """`__call__` after its checks: tensors only."""
        embedding = self.label_embedding
        conditions = (
            labels
            if embedding is None
            else Triplet(*(condition if is_embedded(condition) else embedding(condition) for condition in labels))
        )
        options = {} if truncation is None else {"truncation": truncation}
        # composed in float32, whatever the precision of the mechanisms
        premask, foreground, background = (
            ops.cast(mechanism(u, condition, training=training, **options), "float32")
            for mechanism, u, condition in zip(self.mechanisms, noise, conditions, strict=True)
        )
        if offsets is not None:
            foreground = circular_shift(foreground, offsets[:, 0])
            background = circular_shift(background, offsets[:, 1])
        mask = self.masker(premask)
        if per_shape != 1:
            mask, premask = (ops.repeat(part, per_shape, axis=0) for part in (mask, premask))
        return Composite(compose(mask, foreground, background), mask, premask, foreground, background)

    def embed(self, labels: Any) -> Triplet[Any]:
        """The embeddings by which the mechanisms know labels, int [B] or a `Triplet` of such: float [B, e] each.

        Given to the CGN in place of the labels they make the same images; means of them, images between classes.

        Raises:
            ValueError: labels outside the classes.
        """
        factors = labels if isinstance(labels, Triplet) else Triplet.same(labels)
        known = (as_labels(y, self.num_classes, f) for y, f in zip(factors, Triplet._fields, strict=True))
        return Triplet(*(embedding(y) for embedding, y in zip(self._embeddings, known, strict=True)))

    @property
    def _embeddings(self) -> Triplet[Any]:
        """Label embeddings of the mechanisms: the shared one, or each its own."""
        if self.label_embedding is not None:
            return Triplet.same(self.label_embedding)
        return Triplet(*(mechanism.class_embedding for mechanism in self.mechanisms))

    def _as_condition(self, labels: Any, factor: str) -> Any:
        return ops.convert_to_tensor(labels) if is_embedded(labels) else as_labels(labels, self.num_classes, factor)

    def _as_noise(self, noise: Any, factor: str) -> Any:
        noise = ops.convert_to_tensor(noise, dtype="float32")
        if len(noise.shape) != 2 or noise.shape[1] != self.noise_dim:
            raise ValueError(f"{factor} noise: expected shape [B, {self.noise_dim}], got {tuple(noise.shape)}.")
        return noise

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

    def folded_copy(self) -> CGN:
        """The same CGN for generation alone: what is constant there is computed once, and kept instead.

        Mechanisms and maskers without such constants are shared with this one.
        """
        mechanisms = Triplet(*map(_folded, self.mechanisms))
        config = {name: value for name, value in self.get_config().items() if name not in ("mechanisms", "masker")}
        folded = CGN(mechanisms, _folded(self.masker), **config)
        folded.build()
        if folded.label_embedding is not None and self.label_embedding is not None:
            folded.label_embedding.set_weights(self.label_embedding.get_weights())
        return folded

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "mechanisms": [constructor(mechanism) for mechanism in self.mechanisms],
            "masker": constructor(self.masker),
            "num_classes": self.num_classes,
            "noise_dim": self.noise_dim,
            "embedding_dim": self.embedding_dim,
            "shuffles": self.shuffles,
            "noise": self.noise,
            "shares_noise": self.shares_noise,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CGN:
        config = dict(config)
        mechanisms = [keras.saving.deserialize_keras_object(part) for part in config.pop("mechanisms")]
        masker = keras.saving.deserialize_keras_object(config.pop("masker"))
        return cls(mechanisms=Triplet(*mechanisms), masker=masker, **config)


def _folded(part: Any) -> Any:
    return part.folded_copy() if hasattr(part, "folded_copy") else part


def _check_rows(noises: Triplet[Any], labels: Triplet[Any], offsets: Any, per_shape: int) -> None:
    """Holds texture, background and offsets to `per_shape` rows for every shape, as far as shapes are known."""
    if per_shape < 1:
        raise ValueError(f"per_shape: expected at least 1, got {per_shape}.")
    shapes = _rows(noises.shape)
    given = {f"{factor} noise": noise for factor, noise in zip(Triplet._fields, noises, strict=True)}
    given |= {f"{factor} labels": label for factor, label in zip(Triplet._fields, labels, strict=True)}
    for name, values in (given | ({} if offsets is None else {"offsets": offsets})).items():
        expected = shapes if shapes is None or name.startswith("shape") else shapes * per_shape
        if None not in (expected, _rows(values)) and _rows(values) != expected:
            raise ValueError(
                f"{name}: expected {expected} rows for {shapes} shapes and per_shape={per_shape}, got {_rows(values)}."
            )


def _rows(values: Any) -> int | None:
    """The first dimension; None where a graph does not know it yet."""
    shape = values.shape if hasattr(values, "shape") else np.shape(values)
    return None if len(shape) == 0 else shape[0]


def constructor(part: keras.layers.Layer) -> dict[str, Any]:
    """The serialised constructor alone: `CGN.build` creates the variables of every part."""
    config = keras.saving.serialize_keras_object(part)
    config.pop("build_config", None)
    return config
