"""From a configuration to objects: the only place where the parts meet."""

from __future__ import annotations

from cgn_tf.build.data import build_batches, build_data
from cgn_tf.build.losses import build_gram_bank, build_terms
from cgn_tf.build.networks import build_cgn, build_critic
from cgn_tf.build.trainer import LinearDecay, build_optimizer, build_trainer

__all__ = [
    "LinearDecay",
    "build_batches",
    "build_cgn",
    "build_critic",
    "build_data",
    "build_gram_bank",
    "build_optimizer",
    "build_terms",
    "build_trainer",
]
