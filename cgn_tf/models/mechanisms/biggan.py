"""The mechanism of the CGN at 256 pixels: a BigGAN-deep of its own, which starts as a pretrained one."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.models.contract import MechanismPart, MechanismRequest, Premask, Resource
from cgn_tf.models.folding import folds
from cgn_tf.models.networks.biggan import BigGAN


@dataclass(frozen=True)
class BigGANOptions:
    """Mechanism biggan: a copy of the pretrained BigGAN-deep."""


def _make(options: BigGANOptions, request: MechanismRequest) -> BigGAN:
    if not folds(request.backbone):
        raise ValueError("backbone: expected a generator that can be trained, got a folded one.")
    mechanism = BigGAN.from_config({**request.backbone.get_config(), "name": request.factor})
    request.check_image_size(mechanism.image_size)
    return mechanism


def _start(mechanism: BigGAN, request: MechanismRequest) -> None:
    for variable, value in zip(mechanism.variables, request.backbone.variables, strict=True):
        variable.assign(value)


BIGGAN = MechanismPart(
    "biggan",
    "A copy of a pretrained BigGAN-deep (Sauer & Geiger 2021, section 3).",
    BigGANOptions,
    _make,
    _start,
    premask=Premask.IMAGE,
    requires=frozenset({Resource.BACKBONE}),
)
