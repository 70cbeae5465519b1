"""The kinds of classifiers by name."""

from __future__ import annotations

from cgn_tf.classifiers.contract import ClassifierPart
from cgn_tf.classifiers.efficientnet_lite import EFFICIENTNET_LITE0, EFFICIENTNET_LITE2
from cgn_tf.classifiers.inception_2015 import INCEPTION_2015
from cgn_tf.classifiers.keras_application import APPLICATIONS
from cgn_tf.classifiers.keras_file import KERAS
from cgn_tf.classifiers.resnet50 import RESNET50
from cgn_tf.classifiers.run import RUN
from cgn_tf.classifiers.saved_model import SAVED_MODEL
from cgn_tf.classifiers.squeezenet import SQUEEZENET
from cgn_tf.options.registry import Registry

CLASSIFIERS: Registry[ClassifierPart] = Registry(
    "classifier",
    [SQUEEZENET, EFFICIENTNET_LITE0, EFFICIENTNET_LITE2, RESNET50, INCEPTION_2015, KERAS, SAVED_MODEL, RUN],
    [APPLICATIONS],
)
