"""The command `ablate`."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.experiments.ablate_config import AblateConfig
from cgn_tf.experiments.ablation_plan import plan
from cgn_tf.options.command_line import resolve


def ablate(config: AblateConfig, others: Sequence[str]) -> None:
    """Trains with every loss, then with each switched off in turn, and tabulates.

    Args:
        config: which losses, and where.
        others: flags of the command `train`.
    """
    # as they are now: a file that is edited while the first run trains must not change the second
    train_flags = resolve(TrainConfig, others).flags
    variants = plan(config, train_flags)
    # imported now: flags that are wrong are told at once, without the seconds that TensorFlow takes
    from cgn_tf.experiments.ablate import ablate as run_ablation

    run_ablation(config, variants, train_flags)
