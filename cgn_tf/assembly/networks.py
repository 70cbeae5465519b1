"""The networks of a training, made of the chosen parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from cgn_tf.assembly.model_config import ModelConfig
from cgn_tf.assembly.resources import BackboneOptions, SaliencyOptions, backbone_of, saliency_of
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.checkpoints import load
from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import Need
from cgn_tf.models.cgn import CGN
from cgn_tf.models.cgn_parts import CGNParts, ChosenMasker, ChosenMechanism
from cgn_tf.models.contract import DiscriminatorRequest
from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.random_streams import seed_keras
from cgn_tf.types import Triplet

Reference = Callable[[Any, Any], Any]
"""Noise [B, d] and labels int [B] → reference images, float32 [B, H, W, 3]."""


class Networks(NamedTuple):
    """A CGN, and what it is compared with.

    Attributes:
        cgn: to be trained.
        reference: a frozen generator; None: the batch's images.
        saliency: images [B, H, W, 3] → saliency [B, H, W, 1], for the background loss; None where no loss asks.
    """

    cgn: CGN
    reference: Reference | None
    saliency: Callable[[Any], Any] | None


def build_networks(config: TrainConfig) -> Networks:
    """Every network but discriminator and features, none of them twice; what no loss needs is not made.

    Raises:
        CommandError: weights cannot be had or do not fit.
        ConfigError: networks that do not go together.
    """
    needs, seed = config.loss.needs, config.run.seed
    backbone = backbone_of(config.resources.of(BackboneOptions), seed) if config.needs_backbone else None
    saliency = None
    if config.masker_needs_saliency or Need.SALIENCY in needs:
        variant = config.model.masker_part.name if config.masker_needs_saliency else None
        saliency = saliency_of(config.resources.of(SaliencyOptions), variant, seed)
    generator: Any = load(config.model.generator) if config.model.generator else backbone
    info = config.data.info
    cgn = build_cgn(
        config.model,
        seed,
        num_classes=info.num_classes or generator.num_classes,
        image_size=info.image_size,
        backbone=backbone,
        saliency=saliency,
    )
    reference = None
    if config.model.reference == "generator" and Need.REFERENCE in needs:
        reference = _reference(config.model, generator, cgn)
    if config.masker_needs_saliency:
        saliency = cgn.masker.network  # so that there is one network of both
    return Networks(cgn, reference, saliency if Need.SALIENCY in needs else None)


def build_cgn(
    config: ModelConfig,
    seed: int,
    *,
    num_classes: int,
    image_size: int | None = None,
    backbone: BigGAN | None = None,
    saliency: keras.Model | None = None,
) -> CGN:
    """The CGN with its variables, started from `seed`.

    Args:
        config: the parts.
        seed: integer seed of the start.
        num_classes: labels are in [0, num_classes).
        image_size: height and width of the data's images in pixels; None: whatever the mechanisms have.
        backbone: of mechanisms that start as one.
        saliency: of maskers that ask one.

    Raises:
        ConfigError: parts that do not go together.
    """
    seed_keras(seed)
    options = config.model_options
    parts = CGNParts(
        Triplet(*(ChosenMechanism(part, options.of(part.options)) for part in config.mechanisms)),
        ChosenMasker(config.masker_part, options.of(config.masker_part.options)),
        image_size,
        backbone,
        saliency,
    )
    try:
        cgn = parts.make(
            num_classes=num_classes, noise_dim=config.noise_dim if backbone is None else backbone.noise_dim
        )
        cgn.build()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    parts.start(cgn)
    return cgn


def build_discriminator(config: ModelConfig, seed: int, cgn: CGN) -> keras.Model | None:
    """The discriminator with its variables; None where there is none."""
    part = config.discriminator_part
    if part is None:
        return None
    seed_keras(seed + 1)
    request = DiscriminatorRequest(cgn.num_classes, cgn.image_size)
    discriminator: keras.Model = part.make(config.model_options.of(part.options), request)
    discriminator(np.zeros((1, cgn.image_size, cgn.image_size, 3), np.float32), np.zeros((1,), np.int32))
    return discriminator


def _reference(config: ModelConfig, generator: Any, cgn: CGN) -> Reference:
    if not isinstance(generator, (BigGAN, CGN)):
        raise ConfigError(
            f"`generator={config.generator}`: expected a BigGAN-deep or a CGN, got {type(generator).__name__}."
        )
    for what in ("num_classes", "noise_dim", "image_size"):
        if getattr(generator, what) != getattr(cgn, what):
            raise ConfigError(
                f"`generator={config.generator}`: expected {what} {getattr(cgn, what)}, that of the CGN, got "
                f"{getattr(generator, what)}."
            )
    frozen: Any = for_inference(generator)
    truncation = config.truncation

    def reference(noise: Any, labels: Any) -> Any:
        if isinstance(generator, CGN):
            images = frozen(noise, labels, truncation=truncation).image
        else:
            images = frozen(truncation * noise, labels, truncation)
        return ops.stop_gradient(ops.cast(images, "float32"))

    return reference
