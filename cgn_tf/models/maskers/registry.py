"""The maskers by name."""

from __future__ import annotations

from cgn_tf.models.contract import MaskerPart
from cgn_tf.models.maskers.clip import CLIP
from cgn_tf.models.maskers.full import FULL
from cgn_tf.models.maskers.saliency import U2NET, U2NETP
from cgn_tf.models.maskers.sigmoid import SIGMOID
from cgn_tf.options.registry import Registry

MASKERS: Registry[MaskerPart] = Registry("masker", [CLIP, SIGMOID, FULL, U2NET, U2NETP])
