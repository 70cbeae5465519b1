"""The CGN of the paper's digit experiments."""

from __future__ import annotations

from typing import Literal

import keras

from cgn_tf.models.canvas_mechanism import CanvasMechanism
from cgn_tf.models.cgn import CGN
from cgn_tf.models.conv_mechanism import ConvMechanism
from cgn_tf.models.deep_mechanism import DeepMechanism
from cgn_tf.models.flat_mechanism import FlatMechanism
from cgn_tf.models.masker import ClipMasker, OpaqueMasker, SigmoidMasker
from cgn_tf.types import Triplet


def kernel_initializer(kind: Literal["orthogonal", "normal"], gain: float) -> keras.initializers.Initializer:
    """The start of Dense and convolution kernels: orthogonal with a gain, or N(0, gain)."""
    if kind == "orthogonal":
        return keras.initializers.Orthogonal(gain)
    return keras.initializers.RandomNormal(stddev=gain)


def digit_cgn(
    num_classes: int = 10,
    noise_dim: int = 32,
    init: Literal["orthogonal", "normal"] = "orthogonal",
    gain: float = 0.1,
    straight_through: bool = True,
    masker: Literal["clip", "sigmoid", "opaque"] = "clip",
    texture_width: int = 64,
    texture_kind: Literal["conv", "deep", "flat", "canvas"] = "conv",
    canvas_size: int = 96,
) -> CGN:
    """Three small conv nets with one shared label embedding, 32×32 (659,992 parameters with the defaults).

    Args:
        num_classes: also the embedding's width.
        noise_dim: d of the noise.
        init: kind of the kernels' start.
        gain: its gain; batch norm scales start as N(1, gain).
        straight_through: see `ClipMasker`.
        masker: "clip": as published; "sigmoid": the shape mechanism is a `DeepMechanism`, which draws logits; "opaque":
            every mask is 1, so that the texture mechanism draws the whole image, which is not shifted.
        texture_width: channels at 8×8 of convolutional texture and background mechanisms.
        texture_kind: "conv": these two are convolutional, as published; "deep": a `DeepMechanism` each; "flat": each
            image of theirs is one colour; "canvas": each is a window of a picture of its class.
        canvas_size: height and width of these pictures.
    """

    def mechanism(name: str, channels: int, blocks: list[int], output_channels: int | None) -> ConvMechanism:
        return ConvMechanism(
            blocks,
            output_channels,
            channels,
            kernel_initializer=kernel_initializer(init, gain),
            gamma_initializer=keras.initializers.RandomNormal(1.0, gain),
            name=name,
        )

    def texture_mechanism(name: str) -> keras.Model:
        if texture_kind == "flat":
            return FlatMechanism(name=name)
        if texture_kind == "canvas":
            return CanvasMechanism(canvas_size=canvas_size, name=name)
        if texture_kind == "deep":
            return DeepMechanism(output_channels=3, name=name)
        return mechanism(name, texture_width, [texture_width, texture_width // 2], 3)

    shape = DeepMechanism(name="shape") if masker == "sigmoid" else mechanism("shape", 64, [32, 1], None)
    maskers: dict[str, keras.layers.Layer] = {
        "clip": ClipMasker(straight_through, name="masker"),
        "sigmoid": SigmoidMasker(name="masker"),
        "opaque": OpaqueMasker(name="masker"),
    }
    return CGN(
        Triplet(shape, texture_mechanism("texture"), texture_mechanism("background")),
        maskers[masker],
        num_classes=num_classes,
        noise_dim=noise_dim,
        embedding_dim=num_classes,
        shuffles=masker != "opaque" and texture_kind not in ("flat", "canvas"),
    )
