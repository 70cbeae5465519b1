"""The losses there are, in the order in which they are computed."""

from __future__ import annotations

from cgn_tf.losses.adversarial import ADVERSARIAL
from cgn_tf.losses.background import BACKGROUND
from cgn_tf.losses.binary_entropy import BINARY_ENTROPY
from cgn_tf.losses.content import CONTENT
from cgn_tf.losses.contract import LossPart
from cgn_tf.losses.image_diversity import IMAGE_DIVERSITY
from cgn_tf.losses.mask_border import MASK_BORDER
from cgn_tf.losses.mask_diversity import MASK_DIVERSITY
from cgn_tf.losses.mask_size import MASK_SIZE
from cgn_tf.losses.reconstruction import RECONSTRUCTION
from cgn_tf.losses.style import STYLE
from cgn_tf.losses.texture import TEXTURE
from cgn_tf.options.registry import Registry

LOSSES: Registry[LossPart] = Registry(
    "loss",
    [
        STYLE,
        CONTENT,
        TEXTURE,
        ADVERSARIAL,
        BINARY_ENTROPY,
        MASK_SIZE,
        MASK_BORDER,
        MASK_DIVERSITY,
        IMAGE_DIVERSITY,
        RECONSTRUCTION,
        BACKGROUND,
    ],
)
