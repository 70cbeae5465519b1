"""The mechanisms by name."""

from __future__ import annotations

from cgn_tf.models.contract import MechanismPart
from cgn_tf.models.mechanisms.biggan import BIGGAN
from cgn_tf.models.mechanisms.constant_colour import CONSTANT_COLOUR
from cgn_tf.models.mechanisms.conv import CONV
from cgn_tf.models.mechanisms.deep import DEEP
from cgn_tf.models.mechanisms.learned_image_crop import LEARNED_IMAGE_CROP
from cgn_tf.options.registry import Registry

MECHANISMS: Registry[MechanismPart] = Registry("mechanism", [CONV, DEEP, CONSTANT_COLOUR, LEARNED_IMAGE_CROP, BIGGAN])
