"""Trains with each loss switched off in turn."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

from cgn_tf.cli.app import parse, run_command
from cgn_tf.cli.flagfile import expand_flagfiles
from cgn_tf.config.ablate import AblateConfig, Variant
from cgn_tf.config.loss import LOSSES
from cgn_tf.config.options import ConfigError, leaves
from cgn_tf.config.train import TrainConfig

_HELP = ("--help", "-help", "-h")


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """`arguments` as those of this command and those of train.py, which are all others; a "--" between is dropped."""
    names = {leaf.name for leaf in leaves(AblateConfig)}
    own: list[str] = []
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, _ = argument.lstrip("-").partition("=")
        if argument in _HELP or (argument.startswith("-") and name in names):
            own.append(argument)
            if name in names and not equals:
                own.extend(itertools.islice(rest, 1))  # "--workdir DIR"
        elif argument != "--":
            others.append(argument)
    return own, others


def plan(config: AblateConfig, train_flags: Sequence[str]) -> list[Variant]:
    """The runs, the one with every loss first; each has a valid configuration.

    Args:
        config: of the ablation.
        train_flags: of every run, without files of flags.

    Raises:
        ConfigError: train.py would refuse them, they switch losses off or train nothing, or a loss that is to be
            switched off has no weight.
    """
    full = config.variant()
    train = parse(TrainConfig, [*train_flags, *full.flags])
    if train.run.dry_run:
        raise ConfigError("--dry_run: an ablation compares runs, and it makes none; use train.py --dry_run.")
    if train.loss.without:
        raise ConfigError(
            f"--without={','.join(train.loss.without)} in a file of flags: the first run has every loss; remove it "
            "there, and give it here to say which runs are made."
        )
    weights = train.loss.weights()
    on = [loss for loss, terms in LOSSES.items() if any(weights[term] for term in terms)]
    off = [loss for loss in config.without if loss not in on]
    if off or not on:
        raise ConfigError(
            f"--without: the train flags give {', '.join(off) or 'these losses'} no weight, so that nothing would "
            f"change; expected losses of these: {', '.join(on) or 'none'}."
        )
    variants = [full, *(config.variant(loss) for loss in config.without or on)]
    for variant in variants[1:]:
        try:
            parse(TrainConfig, [*train_flags, *variant.flags])
        except ConfigError as error:
            raise ConfigError(f"{variant.name}: {error}") from None
    return variants


def main(argv: Sequence[str] | None = None) -> int:
    """The command `ablate.py --workdir=DIR --flagfile=configs/X.flags`; returns its exit code."""
    own, others = split(sys.argv[1:] if argv is None else argv)

    def ablate(config: AblateConfig) -> None:
        """Trains with every loss, then with each switched off in turn, and tabulates; the same command goes on."""
        # as they are now: a file that is edited while the first run trains must not change the second
        train_flags = expand_flagfiles(others)
        variants = plan(config, train_flags)
        # imported here: a wrong command line is answered at once, without the seconds and the lines of TensorFlow
        from cgn_tf.cli import ablate_run

        ablate_run.ablate(config, variants, train_flags)

    return run_command(ablate, AblateConfig, own)


if __name__ == "__main__":
    sys.exit(main())
