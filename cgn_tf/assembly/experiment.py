"""An experiment in Python: a file of flags, options overridden, and the trainer and data that it stands for."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from absl import flags as absl_flags

from cgn_tf.assembly.classifier import build_classifier_training, build_training_images, resolved
from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.assembly.required_weights import require_weights
from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import parse_resolved, resolve
from cgn_tf.options.configs import SUFFIX, config_file
from cgn_tf.options.flagfile import expand_flagfiles
from cgn_tf.options.flags import as_text, define_flags
from cgn_tf.training.strategy import make_strategy
from cgn_tf.training.training_batches import TrainingBatches

CONFIGS: Mapping[str, type[TrainConfig] | type[TrainClassifierConfig]] = {
    "train": TrainConfig,
    "train_classifier": TrainClassifierConfig,
}
"""Name of a command that trains → its configuration."""
_OF_COMMANDS = {
    "callbacks": "give the callbacks themselves to `fit`",
    "print_config": "`config` of what `experiment` returns is the configuration",
    "dry_run": "nothing is written before a callback of `fit` does",
}
_FLAG = re.compile(r"--(?=[a-z])")


class Experiment:
    """What `experiment` returns.

    Attributes:
        config: the configuration, immutable.
    """

    def __init__(self, config: TrainConfig | TrainClassifierConfig) -> None:
        self.config = config

    def build(self, strategy: tf.distribute.Strategy | None = None) -> Built:
        """The trainer and the data for its `fit`; reads data and weights.

        The same experiment trains the same weights, up to the order in which a device adds; bit by bit after
        `tf.config.experimental.enable_op_determinism()`, which the command calls.

        Args:
            strategy: devices; None: the one in whose scope this is called, or that of the options `strategy` and
                `logical_cpus` where they are given.

        Raises:
            CommandError: data or weights cannot be had or do not fit.
            ConfigError: parts that do not go together, or a batch that cannot be divided among the devices.
        """
        config = self.config
        asked = config.distribution.strategy != "auto" or config.distribution.logical_cpus > 1
        if strategy is None:
            strategy = make_strategy(config.distribution) if asked else tf.distribute.get_strategy()
        with _told_as_options():
            if isinstance(config, TrainConfig):
                require_weights(config)
                trainer, _, batches = build_training(config, strategy)
                built = Built(trainer, batches)
            else:
                images = build_training_images(config)
                built = Built(*build_classifier_training(resolved(config, images), images, strategy))
            built.data.check(strategy)
        return built

    def __repr__(self) -> str:
        return f"Experiment({self.config!r})"


class Built(NamedTuple):
    """`trainer, data = experiment.build()`.

    Attributes:
        trainer: a `CGNTrainer` or a `ClassifierTrainer`.
        data: what its `fit` takes.
    """

    trainer: Any
    data: TrainingBatches


def experiment(name: str | os.PathLike[str], *, command: str | None = None, **overrides: Any) -> Experiment:
    """An experiment of a file of flags, some of its options overridden.

    Args:
        name: a file of `configs/` without its suffix, "wildlife_mnist"; or the path of a file that ends in `.flags`.
        command: whose flags the file holds, "train" or "train_classifier"; None: the one that knows all of them.
        overrides: options of the command by name, with values of Python: `steps=2_000`, `environments=(1.0, 0.9)`.
            `workdir` is not needed, and nothing is written there: callbacks given to `fit` do that. A shorter run
            shortens the schedules of the file, as in a command; a line on stderr says which.

    Returns:
        With `config` and `build()`.

    Raises:
        ConfigError: no such file, an unknown option, a value out of range, a contradiction, or a file that is not of
            one command.

    Example:
        >>> trainer, data = cgn_tf.experiment("quickstart", steps=2_000).build()
        >>> trainer.fit(data)
        >>> cgn = trainer.generator
    """
    for option in _OF_COMMANDS.keys() & overrides.keys():
        raise ConfigError(
            f"`{option}`: expected an option of the experiment, got one of the command; {_OF_COMMANDS[option]}."
        )
    with _told_as_options():
        place = os.fspath(name)
        file = f"--flagfile={place if place.endswith(SUFFIX) else config_file(place)}"
        config_class = CONFIGS[_command(place, [file], command, overrides)]
        # a run in Python has no work directory; without one a configuration is that of a dry run
        without = [] if overrides.get("workdir") else ["--dry_run"]
        resolved = resolve(config_class, [file, *without, *map(_as_flag, overrides, overrides.values())])
        config = parse_resolved(config_class, resolved)
    if resolved.note:
        print(f"note: {_FLAG.sub('', resolved.note)}", file=sys.stderr)
    return Experiment(config)


@contextlib.contextmanager
def _told_as_options() -> Iterator[None]:
    """Errors about options name them as they are given in Python: `steps`, not --steps."""
    try:
        yield
    except ConfigError as error:
        told = str(error).replace("unknown flag", "unknown option").replace("--help lists all", "`config` holds all")
        raise ConfigError(_FLAG.sub("", told)) from None


def _command(name: str, file: Sequence[str], command: str | None, overrides: Mapping[str, Any]) -> str:
    """Whose flags a file holds."""
    if command is not None:
        if command not in CONFIGS:
            raise ConfigError(f"`command`: expected one of {', '.join(CONFIGS)}, got {command!r}.")
        return command
    given = {argument.lstrip("-").partition("=")[0] for argument in expand_flagfiles(file)}
    fitting = [one for one in CONFIGS if _knows(one, given)]
    if len(fitting) > 1:  # what is overridden settles it, where it is of one of them
        fitting = [one for one in fitting if _knows(one, set(overrides))] or fitting
    if len(fitting) != 1:
        which = "both" if fitting else "neither"
        raise ConfigError(
            f"{name}: expected flags of one of the commands {', '.join(CONFIGS)}, got those that {which} know"
            f"{'' if fitting else 's'}; give `command`, or another file."
        )
    return fitting[0]


def _knows(command: str, names: set[str]) -> bool:
    flag_values = absl_flags.FlagValues()
    define_flags(CONFIGS[command], flag_values)
    known = set(flag_values)
    return names <= known | {f"no{name}" for name in known}


def _as_flag(name: str, value: Any) -> str:
    """An option with a value of Python as a flag."""
    if isinstance(value, bool):
        return f"--{name}={str(value).lower()}"
    if value is None:
        raise ConfigError(f"`{name}`: expected a value, got None; leave it out for its default.")
    return f"--{name}={as_text(value)}"
