"""Place, seed and reporting of a run: what the configurations of all trainings have in common."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.seeds import seed_option


@dataclass(frozen=True)
class RunConfig:
    """Run."""

    workdir: str = path_option(
        "",
        "Directory of the run: configuration, checkpoints, TensorBoard and results. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    seed: int = seed_option(0, "Integer seed of everything random in training.")
    log_every: int = option(100, "Steps between two points in TensorBoard.", minimum=1)
    checkpoint_every: int = option(500, "Steps between two checkpoints.", minimum=1)
    keep: int = option(3, "Number of checkpoints to keep.", minimum=1)
    callbacks: tuple[str, ...] = option(
        (),
        "Functions that return Keras callbacks, package.module:function, comma separated; modules of the current "
        "directory are found, too. A function that takes an argument gets the configuration as a dictionary.",
    )
    deterministic: bool = option(
        True, "Only deterministic kernels, so that two runs with one seed are bitwise equal on CPU."
    )
    print_config: bool = option(
        False, "Print the resolved configuration first; it is kept in config.json of the run in any case."
    )
    dry_run: bool = option(False, "Print the resolved configuration, build everything, write nothing, train nothing.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.workdir and not self.dry_run:
            raise ConfigError("`workdir`: expected a directory for the run, got none; for example `workdir=runs/one`.")

    def check_schedule(self, name: str, value: int, steps: int, *, below: bool = False) -> None:
        """Holds a number of steps to fit in a run of `steps`.

        Raises:
            ConfigError: it does not; names the option.
        """
        if value > steps or (below and value == steps and value):
            expected = "less than" if below else "at most"
            raise ConfigError(f"`{name}`: expected {expected} `steps` ({steps}), got {value}.")
