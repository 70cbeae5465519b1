"""The kinds of classifiers by name."""

from __future__ import annotations

from cgn_tf.classifiers.contract import ClassifierPart
from cgn_tf.classifiers.squeezenet import SQUEEZENET
from cgn_tf.options.registry import Registry

CLASSIFIERS: Registry[ClassifierPart] = Registry("classifier", [SQUEEZENET])
