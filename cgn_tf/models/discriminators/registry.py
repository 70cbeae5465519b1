"""The discriminators by name."""

from __future__ import annotations

from cgn_tf.models.contract import DiscriminatorPart
from cgn_tf.models.discriminators.conv import CONV
from cgn_tf.models.discriminators.linear import LINEAR
from cgn_tf.models.discriminators.projection import PROJECTION
from cgn_tf.models.discriminators.spectral import SPECTRAL
from cgn_tf.options.registry import Registry

DISCRIMINATORS: Registry[DiscriminatorPart] = Registry("discriminator", [LINEAR, CONV, PROJECTION, SPECTRAL])
