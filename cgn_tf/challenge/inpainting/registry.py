"""The ways of inpainting by name."""

from __future__ import annotations

from cgn_tf.challenge.inpainting.contract import InpainterPart
from cgn_tf.challenge.inpainting.opencv import NAVIER_STOKES, TELEA
from cgn_tf.options.registry import Registry

INPAINTERS: Registry[InpainterPart] = Registry("inpaint", [TELEA, NAVIER_STOKES])
