"""The configuration of a CGN's training."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.assembly.loss_config import LossConfig
from cgn_tf.assembly.model_config import ModelConfig
from cgn_tf.assembly.resources import BackboneOptions, FeatureOptions, SaliencyOptions
from cgn_tf.assembly.run_config import RunConfig
from cgn_tf.assembly.train_checks import check_parts, check_run
from cgn_tf.datasets.config import DataConfig
from cgn_tf.losses.contract import Need
from cgn_tf.models.contract import Resource
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.training import distribution
from cgn_tf.training.distribution import DistributionConfig
from cgn_tf.types import Triplet

RESUMABLE = distribution.MUTABLE | {
    "steps", "workdir", "log_every", "sample_grid_every", "checkpoint_every", "keep", "dry_run", "print_config",
    "callbacks",
}  # fmt: skip
"""Options that may differ when a run goes on: none of them changes what a given step computes, but for rounding."""


@dataclass(frozen=True)
class OptimizerConfig:
    """Optimizers: one for each mechanism and one for the discriminator."""

    shape_lr: float = option(2e-4, "Learning rate of the shape mechanism.", minimum=0.0)
    texture_lr: float = option(2e-4, "Learning rate of the texture mechanism.", minimum=0.0)
    background_lr: float = option(2e-4, "Learning rate of the background mechanism.", minimum=0.0)
    discriminator_lr: float = option(2e-4, "Learning rate of the discriminator.", minimum=0.0)
    lr_decay_steps: int = option(
        0,
        "The last so many steps of the run bring all learning rates linearly to 0.",
        minimum=0,
        scales_with="steps",
    )
    optimizer: str = option("adam", "Rule of all optimizers.", choices=("adam", "sgd"))
    beta_1: float = option(0.5, "Adam's first decay.", minimum=0.0, below=1.0)
    beta_2: float = option(0.999, "Adam's second decay.", minimum=0.0, below=1.0)
    epsilon: float = option(1e-8, "Adam's epsilon.", above=0.0)
    freeze: tuple[str, ...] = option((), "Mechanisms that are not trained.", choices=Triplet._fields)
    freeze_batch_norm_after: int = option(
        0,
        "Steps after which mechanisms with batch norm normalise with their stored statistics, in training as in "
        "generating; 0: never. Colours then do not depend on the batch.",
        minimum=0,
        scales_with="steps",
    )
    embedding_owner: str = option(
        "shape", "Mechanism whose optimizer trains the shared label embedding.", choices=Triplet._fields
    )
    ema_decay: float = option(
        0.0,
        "Decay of a moving average of the mechanisms' weights, which is then what is looked at and loaded; 0: none.",
        minimum=0.0,
        below=1.0,
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def rates(self) -> dict[str, float]:
        """Name of an optimizer → its learning rate."""
        return {
            "shape": self.shape_lr,
            "texture": self.texture_lr,
            "background": self.background_lr,
            "discriminator": self.discriminator_lr,
        }


@dataclass(frozen=True)
class TrainRunConfig(RunConfig):
    """Run: length, place and reporting."""

    steps: int = option(10_000, "Optimisation steps in all.", minimum=1)
    batch_size: int = option(16, "Images in a step.", minimum=1)
    sample_grid_every: int = option(1_000, "Steps between two sample grids and checks of the masks.", minimum=1)


@dataclass(frozen=True)
class TrainConfig:
    """Everything that the training command takes."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    resources: PartOptions = part_options(lambda: [BackboneOptions, SaliencyOptions, FeatureOptions])
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: TrainRunConfig = field(default_factory=TrainRunConfig)
    distribution: DistributionConfig = field(default_factory=DistributionConfig)

    def __post_init__(self) -> None:
        check_parts(self)
        check_run(self)
        chosen_by = "`texture_mechanism`, `masker`, weights of losses"
        object.__setattr__(self, "resources", self.resources.only(self._read_resources(), chosen_by))

    @property
    def needs_backbone(self) -> bool:
        """Whether a mechanism starts as BigGAN-deep."""
        return any(Resource.BACKBONE in part.requires for part in self.model.mechanisms)

    @property
    def masker_needs_saliency(self) -> bool:
        """Whether the masker asks a saliency network."""
        return Resource.SALIENCY in self.model.masker_part.requires

    @property
    def has_schedule(self) -> bool:
        """Whether something follows the number of steps, so that a run has no further ones."""
        return bool(self.optimizer.lr_decay_steps) or self.loss.instance_noise_moves

    def _read_resources(self) -> list[type]:
        """The options classes of the networks that the chosen parts share, those of losses switched off included."""
        needs = {need for part in self.loss.given for need in self.loss.needs_of(part)}
        wanted = {
            BackboneOptions: self.needs_backbone,
            SaliencyOptions: self.masker_needs_saliency or Need.SALIENCY in needs,
            FeatureOptions: Need.FEATURES in needs,
        }
        return [options_class for options_class, read in wanted.items() if read]
