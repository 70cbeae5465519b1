"""Which runs an ablation makes."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.assembly.loss_config import PAPER_LOSSES
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.errors import ConfigError
from cgn_tf.experiments.ablate_config import AblateConfig, Variant
from cgn_tf.options.command_line import parse


def plan(config: AblateConfig, train_flags: Sequence[str]) -> list[Variant]:
    """The runs of an ablation, the one with every loss first; each has a valid configuration.

    Args:
        config: says which losses are switched off.
        train_flags: flags of every training, without files of flags.

    Raises:
        ConfigError: a training would refuse the flags, they switch losses off or train nothing, or a loss that is to
            be switched off has no weight.
    """
    full = config.variant()
    train = parse(TrainConfig, [*train_flags, *full.flags])
    if train.run.dry_run:
        raise ConfigError("`dry_run`: an ablation compares runs, and it makes none; use train.py --dry_run.")
    if train.loss.without:
        raise ConfigError(
            f"`without={','.join(train.loss.without)}` in a file of flags: the first run has every loss; remove it "
            "there, and give it here to say which runs are made."
        )
    given = {part.paper_loss for part in train.loss.given}
    on = [loss for loss in PAPER_LOSSES if loss in given]
    off = [loss for loss in config.without if loss not in on]
    if off or not on:
        raise ConfigError(
            f"`without`: the train flags give {', '.join(off) or 'these losses'} no weight, so that nothing would "
            f"change; expected losses of these: {', '.join(on) or 'none'}."
        )
    variants = [full, *(config.variant(loss) for loss in config.without or on)]
    for variant in variants[1:]:
        try:
            parse(TrainConfig, [*train_flags, *variant.flags])
        except ConfigError as error:
            raise ConfigError(f"{variant.name}: {error}") from None
    return variants
