"""The networks of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from cgn_tf.checkpoints import load
from cgn_tf.checkpoints.pretrained import load_backbone, load_masker
from cgn_tf.config.networks import ModelConfig
from cgn_tf.config.options import ConfigError
from cgn_tf.models.biggan import BigGAN
from cgn_tf.models.cgn import CGN
from cgn_tf.models.critic import ConvCritic, LinearCritic, ProjectionCritic
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.models.saliency_masker import SaliencyMasker
from cgn_tf.models.spectral_critic import SpectralCritic
from cgn_tf.models.u2net import U2Net
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.feature_weights import random_weight

DIGIT_CLASSES = 10

Reference = Callable[[Any, Any], Any]
"""Noise [B, d] and labels int [B] → reference images, float32 [B, H, W, 3]."""


class Networks(NamedTuple):
    """A CGN, and what it is compared with.

    Attributes:
        cgn: to be trained.
        reference: a frozen generator; None: the batch's images.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1], for the background loss; None where it is not wanted.
    """

    cgn: CGN
    reference: Reference | None
    saliency: Callable[[Any], Any] | None


def build_networks(
    config: ModelConfig, seed: int, needs_reference: bool = True, needs_saliency: bool = True
) -> Networks:
    """Every network but critic and features, none of them twice; what no term needs is not made."""
    backbone = None
    if config.mechanisms == "conv":
        cgn = build_cgn(config, seed)
    else:
        backbone = _backbone(config, seed)
        cgn = imagenet_cgn(backbone, _masker(config, seed))
    reference = None
    if config.reference == "generator" and needs_reference:
        reference = _reference(config, backbone, cgn)
    saliency = None
    if needs_saliency:
        saliency = cgn.masker.network if isinstance(cgn.masker, SaliencyMasker) else _masker(config, seed)
    return Networks(cgn, reference, saliency)


def build_cgn(config: ModelConfig, seed: int) -> CGN:
    """The digit CGN with its variables, started from `seed`."""
    keras.utils.set_random_seed(seed)
    cgn = digit_cgn(
        DIGIT_CLASSES,
        config.noise_dim,
        init=config.init,  # type: ignore[arg-type]
        gain=config.gain,
        straight_through=config.mask_gradient == "straight_through",
        masker=config.masker,  # type: ignore[arg-type]
        texture_width=config.texture_width,
        texture_kind=config.texture_kind,  # type: ignore[arg-type]
        canvas_size=config.canvas_size,
    )
    cgn.build()
    return cgn


def build_critic(config: ModelConfig, seed: int, image_size: int = 32) -> keras.Model | None:
    """The critic with its variables, or None."""
    if config.critic == "none":
        return None
    keras.utils.set_random_seed(seed + 1)
    critics: dict[str, tuple[type[Any], int]] = {
        "linear": (LinearCritic, 512),
        "conv": (ConvCritic, 32),
        "projection": (ProjectionCritic, 32),
        "spectral": (SpectralCritic, 32),
    }
    critic_class, width = critics[config.critic]
    critic = critic_class(DIGIT_CLASSES, config.critic_width or width)
    critic(np.zeros((1, image_size, image_size, 3), np.float32), np.zeros((1,), np.int32))
    return critic


def _backbone(config: ModelConfig, seed: int) -> BigGAN:
    if config.backbone != "random":
        return load_backbone(config.backbone)
    keras.utils.set_random_seed(seed)
    backbone = BigGAN(config.backbone_resolution, config.backbone_width)
    backbone.build()
    return backbone


def _masker(config: ModelConfig, seed: int) -> U2Net:
    """The frozen network, folded: the only form of it that a run needs."""
    if config.masker_weights != "random":
        network = load_masker(config.masker_weights)
        if config.masker in ("u2net", "u2netp") and config.masker != network.variant:
            raise ConfigError(
                f"--masker_weights={config.masker_weights}: expected those of {config.masker}, got a {network.variant}."
            )
        return network.folded_copy()
    network = U2Net("u2net" if config.masker == "u2net" else "u2netp")
    network.build()
    for name, variable in own_variables(network).items():
        if name.rsplit("/", 1)[-1] in ("kernel", "bias"):
            variable.assign(random_weight(name, tuple(variable.shape), seed))
    return network.folded_copy()


def _reference(config: ModelConfig, backbone: BigGAN | None, cgn: CGN) -> Reference:
    generator: Any = load(config.generator) if config.generator else backbone
    if not isinstance(generator, (BigGAN, CGN)):
        raise ConfigError(f"--generator={config.generator}: expected a BigGAN-deep or a CGN, got {type(generator)}.")
    for what in ("num_classes", "noise_dim", "image_size"):
        if getattr(generator, what) != getattr(cgn, what):
            raise ConfigError(
                f"--generator={config.generator}: expected {what} {getattr(cgn, what)}, that of the CGN, got "
                f"{getattr(generator, what)}."
            )
    generator = generator.folded_copy()
    options = {"truncation": config.truncation} if generator.takes_truncation else {}

    def reference(noise: Any, labels: Any) -> Any:
        made = generator(noise, labels, **options)
        return ops.stop_gradient(ops.cast(made if isinstance(generator, BigGAN) else made.image, "float32"))

    return reference
