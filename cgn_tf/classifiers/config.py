"""Which classifier is judged or explained: a section of several configurations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgn_tf.classifiers.contract import Classifier, ClassifierPart
from cgn_tf.classifiers.keras_application import IMAGENET
from cgn_tf.classifiers.registry import CLASSIFIERS
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.options.paths import PathUse
from cgn_tf.options.registry import Choices

NONE = "none"


@dataclass(frozen=True)
class ClassifierConfig:
    """Classifier of photographs."""

    classifier: str = option(NONE, "The kind of classifier.", choices=Choices(CLASSIFIERS, NONE))
    classifier_weights: str = path_option(
        "",
        "Its weights: a file, or a directory of a model; imagenet: download those of keras.applications "
        "(`classifier=keras:NAME`).",
        PathUse.READ,
        words=(IMAGENET,),
    )
    classifier_options: PartOptions = part_options(lambda: CLASSIFIERS.options)

    def __post_init__(self) -> None:
        check_options(self)
        read = [] if self.classifier == NONE else [self.part.options]
        object.__setattr__(self, "classifier_options", self.classifier_options.only(read, "`classifier`"))

    @property
    def part(self) -> ClassifierPart:
        """The kind of classifier."""
        return CLASSIFIERS[self.classifier]

    @property
    def options(self) -> Any:
        """The options of the kind, an instance of `part.options`."""
        return self.classifier_options.of(self.part.options)

    def load(self) -> Classifier:
        """The classifier.

        Raises:
            CommandError: its weights cannot be had or do not fit.
        """
        return self.part.load(self.options, self.classifier_weights)
