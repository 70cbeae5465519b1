"""What is known of all stages before the first of them, which may take hours."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.assembly.classifier import check_classifier_data
from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.trained_on import other_options
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.experiments.stages import Stage
from cgn_tf.options.dictionaries import to_dict


def check_stages(stages: Sequence[Stage], report: Stage) -> None:
    """Holds every stage to be one that its command takes, as far as flags and the names of the images tell.

    Args:
        stages: those that come before the report.
        report: the one that tests what they train.

    Raises:
        ConfigError: a file of flags is missing, a command would refuse the flags, or a stage trains on images that are
            divided or shown otherwise than those of the report.
        CommandError: a classifier would refuse the data: they have one class, or no image to test on.
    """
    configs = [stage.check() for stage in stages]
    tested: DataConfig = report.check().data
    known: set[DataConfig] = set()  # many stages are of the same data, and are asked once
    for stage, config in zip(stages, configs, strict=True):
        if isinstance(config, TrainConfig | TrainClassifierConfig) and config.data != tested:
            _check_same_images(stage, config, tested)
        if isinstance(config, TrainClassifierConfig) and config.data not in known:
            known.add(config.data)
            try:
                check_classifier_data(config)
            except CommandError as error:
                raise type(error)(f"{stage.name} ({stage.command}): {error}") from None


def _check_same_images(stage: Stage, config: TrainConfig | TrainClassifierConfig, tested: DataConfig) -> None:
    if other := other_options({"data": to_dict(config.data)}, tested):
        then, now = (", ".join(values) for values in zip(*other, strict=True))
        raise ConfigError(
            f"{stage.name} ({stage.command}): expected {now}, with which the report tests, got {then} from its file of "
            f"flags; give {then} to this command, or take it out of the file."
        )
