"""Which losses train a CGN: a section of the training's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cgn_tf.errors import ConfigError
from cgn_tf.losses.contract import LossPart, Need
from cgn_tf.losses.registry import LOSSES
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.parts import PartOptions, part_options

PAPER_LOSSES = ("rec", "shape", "text", "bg")
"""The paper's L_rec, L_shape, L_text and L_bg."""
LABELS = ("paired", "independent", "paired_noise")


@dataclass(frozen=True)
class LossConfig:
    """Losses; a weight of 0 switches a loss off, and nothing of it is computed."""

    generated_labels: str = option(
        "paired",
        "Labels of the generated images: paired (those of the batch's real images, so that references show the same "
        "class), independent (uniform, as in the paper's digits), or paired_noise (independent, and each label for two "
        "images in a row, whose noise differs).",
        choices=LABELS,
    )
    instance_noise: float = option(
        0.0,
        "Standard deviation of Gaussian noise added to the real and generated images that the discriminator sees; it "
        "keeps a strong discriminator from winning.",
        minimum=0.0,
    )
    instance_noise_end: float = option(
        -1.0, "What the instance noise comes to, linearly, at the end of the run; below 0: it stays.", minimum=-1.0
    )
    without: tuple[str, ...] = option(
        (),
        "The paper's losses that are switched off, whatever their weights: rec (reconstruction, style, content), shape "
        "(binary entropy, size, border and diversity of the mask), text (texture), bg (background).",
        choices=PAPER_LOSSES,
    )
    loss_options: PartOptions = part_options(lambda: [part.options for part in LOSSES.parts])

    def __post_init__(self) -> None:
        check_options(self)
        if self.instance_noise_end >= 0 and not self.instance_noise:
            raise ConfigError("`instance_noise_end` needs a start: set `instance_noise`.")
        # a loss that is on by default is also kept where it is off, or it would come back from a dictionary
        read = [part.options for part in LOSSES.parts if part in self.given or part.weight(part.options())]
        object.__setattr__(self, "loss_options", self.loss_options.only(read, "weights of losses"))
        unpaired = [part.name for part in self.active if Need.PAIRED_NOISE in self.needs_of(part)]
        if unpaired and self.generated_labels != "paired_noise":
            raise ConfigError(
                f"`{unpaired[0]}_weight` compares images of one class: expected `generated_labels=paired_noise`, got "
                f"{self.generated_labels}."
            )

    def options_of(self, part: LossPart) -> Any:
        """The options of a loss."""
        return self.loss_options.of(part.options)

    def needs_of(self, part: LossPart) -> frozenset[Need]:
        """What a loss needs."""
        return part.requires(self.options_of(part))

    @property
    def given(self) -> list[LossPart]:
        """The losses that have a weight, those of `without` among them."""
        return [part for part in LOSSES.parts if part.weight(self.options_of(part))]

    @property
    def active(self) -> list[LossPart]:
        """The losses that are computed, in their order."""
        return [part for part in self.given if part.paper_loss not in self.without]

    @property
    def needs(self) -> frozenset[Need]:
        """What the losses that are computed need together."""
        return frozenset(need for part in self.active for need in self.needs_of(part))

    def feature_taps(self) -> Mapping[str, frozenset[int]]:
        """Picture → taps of the feature network that any loss reads of it."""
        found: dict[str, frozenset[int]] = {}
        for part in self.active:
            for picture, taps in part.feature_taps(self.options_of(part)).items():
                found[picture] = found.get(picture, frozenset()) | taps
        return found

    @property
    def instance_noise_moves(self) -> bool:
        """Whether the noise depends on the length of the run."""
        return self.instance_noise_end >= 0
