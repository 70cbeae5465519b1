"""The configuration of evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.classifiers.config import NONE, ClassifierConfig
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.suites import SUITES
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.parts import PartOptions, part_options


@dataclass(frozen=True)
class EvaluateConfig:
    """What to judge, on which data, and how."""

    suite: str = option("masks", "What is judged, and how.", choices=SUITES)
    suite_options: PartOptions = part_options(lambda: SUITES.options)
    data: DataConfig = field(default_factory=DataConfig)
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)

    def __post_init__(self) -> None:
        check_options(self)
        object.__setattr__(self, "suite_options", self.suite_options.only([self.part.options], "`suite`"))
        if not self.part.reads_data and self.data != DataConfig():
            raise ConfigError(f"`dataset`: `suite={self.suite}` reads no data set; leave it and its options out.")
        if not self.part.reads_classifier and self.classifier != ClassifierConfig():
            raise ConfigError(f"`classifier`: `suite={self.suite}` reads none; leave it and its options out.")
        if self.part.reads_classifier and self.classifier.classifier == NONE:
            raise ConfigError(
                f"`classifier`: expected one for `suite={self.suite}`, got none; for example `classifier=squeezenet`."
            )
        self.part.check(self.request)

    @property
    def part(self) -> SuitePart:
        """The suite."""
        return SUITES[self.suite]

    @property
    def request(self) -> SuiteRequest:
        """What the suite is asked to judge."""
        return SuiteRequest(self.suite_options.of(self.part.options), self.data, self.classifier)


def evaluate(config: EvaluateConfig) -> None:
    """Judges what `config` names, prints what was found, and writes it."""
    config.part.evaluate(config.request)
