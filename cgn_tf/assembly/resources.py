"""Pretrained networks that several parts of a training share: their options, and how they are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgn_tf.checkpoints.pretrained import load_backbone, masker_of, with_input
from cgn_tf.errors import ConfigError
from cgn_tf.losses.tap_scales import scales_for_means
from cgn_tf.losses.tap_weights import TAPS
from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.biggan import BLOCKS, BigGAN
from cgn_tf.models.networks.features import INPUT_RANGES, TAP_LAYERS, FeatureNetwork
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.random_streams import seed_keras
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.feature_weights import load_feature_weights, random_weight
from cgn_tf.weights.masker_options import WEIGHTS, MaskerOptions

RANDOM = "random"
"""What stands in the place of weights for seeded, untrained ones."""


@dataclass(frozen=True)
class BackboneOptions:
    """Backbone: BigGAN-deep, with which mechanisms start."""

    backbone: str = path_option(
        "",
        "BigGAN-deep that the mechanisms start as: a tfhub.dev or Kaggle handle, a module's directory or .tar.gz, a "
        "PyTorch file, what the convert command wrote; or random, untrained, of `backbone_width`.",
        PathUse.READ,
        words=(RANDOM,),
        addresses=True,
    )
    backbone_width: int = option(4, "Channels of the last block of a random backbone; 128 as published.", minimum=4)
    backbone_resolution: int = option(256, "Pixels of a random backbone: 128, 256 or 512.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.backbone_resolution not in BLOCKS:
            raise ConfigError(
                f"`backbone_resolution`: expected one of {', '.join(map(str, BLOCKS))}, got {self.backbone_resolution}."
            )


def backbone_of(options: BackboneOptions, seed: int) -> BigGAN:
    """The built generator.

    Raises:
        CommandError: the weights cannot be had or do not fit.
    """
    if options.backbone != RANDOM:
        return load_backbone(options.backbone)
    seed_keras(seed)
    backbone = BigGAN(options.backbone_resolution, options.backbone_width)
    backbone.build()
    return backbone


@dataclass(frozen=True)
class SaliencyOptions(MaskerOptions):
    """Saliency network: U²-Net, which finds objects."""

    masker_weights: str = path_option(
        "",
        f"Weights of the U²-Net that a masker and the background loss ask: {WEIGHTS}; or random, seeded and untrained.",
        PathUse.READ,
        words=(RANDOM,),
    )


def saliency_of(options: SaliencyOptions, variant: Any, seed: int) -> U2Net:
    """The frozen network, ready for inference: the only form of it that a run needs.

    Args:
        options: its weights and its input; what is right for random ones is that of .pth files.
        variant: which one is needed; None: whichever the weights are of, U²-NetP of random ones.
        seed: integer seed of random weights.

    Raises:
        CommandError: the weights cannot be had or do not fit.
        ConfigError: they are of another variant.
    """
    if options.masker_weights != RANDOM:
        network = masker_of(options)
        if variant not in (None, network.variant):
            raise ConfigError(
                f"`masker_weights={options.masker_weights}`: expected those of {variant}, got a {network.variant}."
            )
        return for_inference(network)
    network = U2Net(variant or "u2netp")
    network.build()
    for name, variable in own_variables(network).items():
        if name.rsplit("/", 1)[-1] in ("kernel", "bias"):
            variable.assign(random_weight(name, tuple(variable.shape), seed))
    return for_inference(with_input(network, options))


@dataclass(frozen=True)
class FeatureOptions:
    """Feature network: whose maps the style, content and texture losses compare."""

    features: str = option("vgg16", "Network of the style, content and texture losses.", choices=tuple(TAP_LAYERS))
    feature_weights: str = path_option(
        "imagenet",
        "Its weights: imagenet (downloads), random (seeded, untrained), or a path of an .npz.",
        PathUse.READ,
        words=("imagenet", RANDOM),
    )
    feature_range: str = option(
        "caffe",
        "Its input: caffe (BGR, 0..255 minus the mean) or raw (RGB in [-1, 1], as the PyTorch reference feeds it).",
        choices=INPUT_RANGES,
    )
    feature_size: int = option(0, "Side that its input is enlarged to; 0: as it is.", minimum=0)
    tap_means: tuple[float, ...] = option(
        (),
        "Rescale the taps so that their mean activations over reference images are these four numbers: published style "
        "weights then mean for Keras' VGG16 what they meant for the network that they were published for; empty: off.",
        above=0.0,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.tap_means and len(self.tap_means) != TAPS:
            raise ConfigError(f"`tap_means`: expected four numbers, one a tap, got {len(self.tap_means)}.")


def features_of(options: FeatureOptions, taps: list[int], seed: int) -> tuple[FeatureNetwork, str]:
    """The frozen network with its taps, and a sentence on its weights.

    Raises:
        CommandError: the weights cannot be had or do not fit.
    """
    network = FeatureNetwork(
        options.features, taps, input_range=options.feature_range, input_size=options.feature_size or None
    )
    return network, load_feature_weights(network, options.feature_weights, seed)


def scale_taps(network: FeatureNetwork, options: FeatureOptions, images: Any) -> None:
    """Sets the scales of the taps so that their means over `images` [N, H, W, 3] are `tap_means`."""
    network.tap_scales = scales_for_means(network, images, [options.tap_means[tap] for tap in network.taps])
