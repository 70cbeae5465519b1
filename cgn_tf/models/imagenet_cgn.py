"""The CGN of the paper's ImageNet experiments."""

from __future__ import annotations

from cgn_tf.models.biggan import BigGAN
from cgn_tf.models.cgn import CGN
from cgn_tf.models.saliency_masker import SaliencyMasker
from cgn_tf.models.u2net import U2Net
from cgn_tf.types import Triplet


def imagenet_cgn(backbone: BigGAN, masker: U2Net) -> CGN:
    """Three copies of a pretrained BigGAN-deep as mechanisms, and U²-Net as masker (Sauer & Geiger 2021, section 3).

    Args:
        backbone: built; each mechanism starts with its weights.
        masker: built; its weights are copied.

    Raises:
        ValueError: a folded backbone, which cannot be trained.
    """
    if backbone.folded:
        raise ValueError("backbone: expected a generator that can be trained, got a folded one.")
    cgn = imagenet_cgn_of(
        Triplet(*(BigGAN.from_config({**backbone.get_config(), "name": name}) for name in Triplet._fields)),
        U2Net.from_config(masker.get_config()),
    )
    values = [*backbone.variables * 3, *masker.variables]
    variables = [variable for part in (*cgn.mechanisms, cgn.masker) for variable in part.variables]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return cgn


def imagenet_cgn_of(mechanisms: Triplet[BigGAN], masker: U2Net) -> CGN:
    """The CGN of networks without variables, which it creates, under the names that `load` gives them, too."""
    cgn = CGN(
        mechanisms,
        SaliencyMasker(masker, name="masker"),
        num_classes=mechanisms.shape.num_classes,
        noise_dim=mechanisms.shape.noise_dim,
        noise="truncated_normal",
        shares_noise=True,
    )
    cgn.build()
    return cgn
