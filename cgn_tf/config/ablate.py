"""The configuration of `tools/ablate.py`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cgn_tf.config.loss import LOSSES
from cgn_tf.config.options import ConfigError, check_options, option

ALL = "all"
"""The variant with every loss."""


class Variant(NamedTuple):
    """One run of an ablation.

    Attributes:
        loss: the one that is switched off; empty: none.
        workdir: of its run.
    """

    loss: str
    workdir: str

    @property
    def name(self) -> str:
        """In words."""
        return f"without {self.loss}" if self.loss else ALL

    @property
    def flags(self) -> list[str]:
        """What its training gets besides the flags of all variants."""
        return [f"--workdir={self.workdir}", *([f"--without={self.loss}"] if self.loss else [])]


@dataclass(frozen=True)
class AblateConfig:
    """Which losses to switch off, and where; all other flags are those of train.py, whose --help lists them."""

    workdir: str = option(
        "", "Directory of the runs: all, without_rec, ...; one that --flagfile names does not count. Required."
    )
    without: tuple[str, ...] = option(
        (),
        "Losses to switch off, each in a run of its own, besides the run with all; empty: every one that the train "
        "flags give weight.",
        choices=tuple(LOSSES),
    )
    output: str = option("", "Directory of ablation.json, ablation.md and preview.png; empty: that of the runs.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.workdir:
            raise ConfigError(
                "--workdir: expected a directory for the runs, got none; for example --workdir=runs/ablation."
            )
        if len(set(self.without)) != len(self.without):
            raise ConfigError(f"--without: expected each loss once, got {','.join(self.without)}.")

    def variant(self, loss: str = "") -> Variant:
        """The run without `loss`; empty: the one with all."""
        return Variant(loss, str(Path(self.workdir) / (f"without_{loss}" if loss else ALL)))
