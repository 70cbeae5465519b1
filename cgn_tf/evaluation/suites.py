"""The evaluation suites by name."""

from __future__ import annotations

from cgn_tf.evaluation.contract import SuitePart
from cgn_tf.evaluation.digit_suite import DIGITS
from cgn_tf.evaluation.generator_suite import GENERATOR
from cgn_tf.evaluation.image_suite import IMAGES
from cgn_tf.evaluation.mask_suite import MASKS
from cgn_tf.evaluation.robustness.backgrounds_suite import BACKGROUNDS
from cgn_tf.evaluation.robustness.imagenet_suite import IMAGENET
from cgn_tf.evaluation.robustness.shape_bias_suite import SHAPE_BIAS
from cgn_tf.options.registry import Registry

SUITES: Registry[SuitePart] = Registry("suite", [MASKS, DIGITS, IMAGES, GENERATOR, SHAPE_BIAS, BACKGROUNDS, IMAGENET])
