"""The CGN of the paper's ImageNet experiments."""

from __future__ import annotations

from cgn_tf.models.cgn import CGN
from cgn_tf.models.cgn_parts import CGNParts, ChosenMasker, ChosenMechanism
from cgn_tf.models.maskers.registry import MASKERS
from cgn_tf.models.maskers.saliency import SaliencyMasker, SaliencyOptions
from cgn_tf.models.mechanisms.biggan import BIGGAN, BigGANOptions
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import Triplet


def imagenet_cgn(backbone: BigGAN, masker: U2Net) -> CGN:
    """Three copies of a pretrained BigGAN-deep as mechanisms, and U²-Net as masker (Sauer & Geiger 2021, section 3).

    Args:
        backbone: built; each mechanism starts with its weights.
        masker: built; its weights are copied.

    Raises:
        ValueError: a folded backbone, which cannot be trained.
    """
    parts = CGNParts(
        Triplet.same(ChosenMechanism(BIGGAN, BigGANOptions())),
        ChosenMasker(MASKERS[masker.variant], SaliencyOptions()),
        backbone=backbone,
        saliency=masker,
    )
    cgn = parts.make(num_classes=backbone.num_classes, noise_dim=backbone.noise_dim)
    cgn.build()
    parts.start(cgn)
    return cgn


def imagenet_cgn_of(mechanisms: Triplet[BigGAN], masker: U2Net) -> CGN:
    """The CGN of networks without variables, which it creates, under the names that `load` gives them, too."""
    cgn = CGN.of(
        mechanisms,
        SaliencyMasker(masker, name="masker"),
        num_classes=mechanisms.shape.num_classes,
        noise_dim=mechanisms.shape.noise_dim,
    )
    cgn.build()
    return cgn
