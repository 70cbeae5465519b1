"""Which networks a CGN is made of: a section of the training's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.models.cgn_parts import check_parts
from cgn_tf.models.contract import DiscriminatorPart, MaskerPart, MechanismPart
from cgn_tf.models.discriminators.registry import DISCRIMINATORS
from cgn_tf.models.maskers.registry import MASKERS
from cgn_tf.models.mechanisms.registry import MECHANISMS
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.options.paths import PathUse
from cgn_tf.options.registry import Choices
from cgn_tf.types import Triplet

AS_TEXTURE, NONE = "as_texture", "none"
DATA, GENERATOR = "data", "generator"


def _options_classes() -> Iterator[type]:
    for registry in (MECHANISMS, MASKERS, DISCRIMINATORS):
        yield from (part.options for part in registry.parts)


@dataclass(frozen=True)
class ModelConfig:
    """Networks: mechanisms, masker, discriminator, and what they are compared with."""

    shape_mechanism: str = option("conv", "From noise and label to a premask.", choices=MECHANISMS)
    texture_mechanism: str = option("conv", "From noise and label to the foreground.", choices=MECHANISMS)
    background_mechanism: str = option(
        AS_TEXTURE,
        "From noise and label to the background; as_texture: of the kind of `texture_mechanism`.",
        choices=Choices(MECHANISMS, AS_TEXTURE),
    )
    masker: str = option("clip", "From premask to mask.", choices=MASKERS)
    discriminator: str = option(
        "linear", "Discriminator; none needs `adversarial_weight=0`.", choices=Choices(DISCRIMINATORS, NONE)
    )
    reference: str = option(
        DATA,
        "Images to compare with: data, the batch's real ones; generator, those of a frozen generator for the same "
        "noise and labels.",
        choices=(DATA, GENERATOR),
    )
    generator: str = path_option(
        "",
        "Directory of that generator, a BigGAN-deep or a CGN; empty: the backbone, as it was before training.",
        PathUse.READ,
    )
    truncation: float = option(
        1.0, "Factor on the noise in training, and what BigGAN's statistics are for.", above=0.0, maximum=1.0
    )
    noise_dim: int = option(32, "Width of the noise; a backbone has its own.", minimum=1)
    model_options: PartOptions = part_options(_options_classes)

    def __post_init__(self) -> None:
        check_options(self)
        masker = self.masker_part
        try:
            check_parts(self.mechanisms, masker, self.noise_dim)
        except ValueError as error:
            raise ConfigError(f"`shape_mechanism`, `texture_mechanism`, `masker`: {error}") from None
        if self.generator and self.reference != GENERATOR:
            raise ConfigError(f"`generator` contradicts `reference={self.reference}`: set `reference=generator`.")
        chosen_by = "`shape_mechanism`, `texture_mechanism`, `background_mechanism`, `masker`, `discriminator`"
        read = self.model_options.only([masker.options, *(part.options for part in self.parts)], chosen_by)
        object.__setattr__(self, "model_options", read)

    @property
    def mechanisms(self) -> Triplet[MechanismPart]:
        """The mechanism of each factor."""
        background = self.texture_mechanism if self.background_mechanism == AS_TEXTURE else self.background_mechanism
        return Triplet(*(MECHANISMS[name] for name in (self.shape_mechanism, self.texture_mechanism, background)))

    @property
    def parts(self) -> list[MechanismPart | DiscriminatorPart]:
        """The networks that are trained."""
        return [*self.mechanisms, *([] if self.discriminator_part is None else [self.discriminator_part])]

    @property
    def masker_part(self) -> MaskerPart:
        """The masker."""
        return MASKERS[self.masker]

    @property
    def discriminator_part(self) -> DiscriminatorPart | None:
        """The discriminator; None: there is none."""
        return None if self.discriminator == NONE else DISCRIMINATORS[self.discriminator]
