"""The configuration of `tools/ablate.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cgn_tf.assembly.loss_config import PAPER_LOSSES
from cgn_tf.errors import ConfigError
from cgn_tf.experiments.ablation_score_config import ScoreConfig
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse

ALL = "all"
"""The variant with every loss."""


class Variant(NamedTuple):
    """One run of an ablation.

    Attributes:
        loss: name of the loss that is switched off; empty: none is.
        workdir: directory of the training.
    """

    loss: str
    workdir: str

    @property
    def name(self) -> str:
        """The variant in words."""
        return f"without {self.loss}" if self.loss else ALL

    @property
    def flags(self) -> list[str]:
        """Flags of the training besides those of all variants."""
        return [f"--workdir={self.workdir}", *([f"--without={self.loss}"] if self.loss else [])]


@dataclass(frozen=True)
class AblateConfig:
    """Which losses to switch off, and where; all other flags are those of train.py, whose --help lists them."""

    workdir: str = path_option(
        "",
        "Directory of the runs, which are named all, without_rec and so on; a `workdir` in a file of flags does not "
        "count. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    without: tuple[str, ...] = option(
        (),
        "Losses to switch off, each in a run of its own, besides the run with all losses; empty: every loss that the "
        "flags of the training give weight.",
        choices=PAPER_LOSSES,
    )
    output: str = path_option(
        "", "Directory for ablation.json, ablation.md and preview.png; empty: `workdir`.", PathUse.WRITE_DIRECTORY
    )
    scores: ScoreConfig = field(default_factory=ScoreConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if not self.workdir:
            raise ConfigError(
                "`workdir`: expected a directory for the runs, got none; for example `workdir=runs/ablation`."
            )
        if len(set(self.without)) != len(self.without):
            raise ConfigError(f"`without`: expected each loss once, got {','.join(self.without)}.")

    def variant(self, loss: str = "") -> Variant:
        """The run without `loss`; empty: the one with all."""
        return Variant(loss, str(Path(self.workdir) / (f"without_{loss}" if loss else ALL)))
