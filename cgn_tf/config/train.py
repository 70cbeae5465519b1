"""The configuration of `tools/train.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cgn_tf.config import distribution
from cgn_tf.config.distribution import DistributionConfig
from cgn_tf.config.loss import LOSSES, LossConfig
from cgn_tf.config.networks import DataConfig, ModelConfig
from cgn_tf.config.options import ConfigError, check_options, option

RESUMABLE = distribution.MUTABLE | {
    "steps", "workdir", "log_every", "sheet_every", "checkpoint_every", "keep", "dry_run",
}  # fmt: skip
"""Options that may differ when a run goes on: none of them changes what a given step computes, but for rounding."""


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam, one optimizer a mechanism and one for the critic."""

    shape_lr: float = option(2e-4, "Learning rate of the shape mechanism.", minimum=0.0)
    texture_lr: float = option(2e-4, "Learning rate of the texture mechanism.", minimum=0.0)
    background_lr: float = option(2e-4, "Learning rate of the background mechanism.", minimum=0.0)
    critic_lr: float = option(2e-4, "Learning rate of the critic.", minimum=0.0)
    lr_decay_steps: int = option(
        0, "The last so many steps of the run bring all learning rates linearly to 0.", minimum=0
    )
    optimizer: str = option("adam", "Rule of all optimizers.", choices=("adam", "sgd"))
    beta_1: float = option(0.5, "Adam's first decay.", minimum=0.0, below=1.0)
    beta_2: float = option(0.999, "Adam's second decay.", minimum=0.0, below=1.0)
    epsilon: float = option(1e-8, "Adam's epsilon.", above=0.0)
    freeze: tuple[str, ...] = option((), "Mechanisms that are not trained.", choices=("shape", "texture", "background"))
    freeze_norms_from: int = option(
        0,
        "Steps after which the mechanisms of conv normalise with their stored statistics, in training as in "
        "generating; 0: never. Colours then do not depend on the batch.",
        minimum=0,
    )
    embedding_owner: str = option(
        "shape",
        "Mechanism whose optimizer trains the shared label embedding.",
        choices=("shape", "texture", "background"),
    )
    ema_decay: float = option(
        0.0,
        "Decay of a moving average of the mechanisms' weights, which is then what is looked at and loaded; 0: none.",
        minimum=0.0,
        below=1.0,
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class RunConfig:
    """Length, place and reporting of the run."""

    workdir: str = option("", "Directory of the run: configuration, checkpoints, TensorBoard, sheets. Required.")
    seed: int = option(0, "Of everything random.", minimum=0)
    steps: int = option(10_000, "Optimisation steps in all.", minimum=1)
    batch_size: int = option(16, "Images in a step.", minimum=1)
    log_every: int = option(100, "Steps between two points in TensorBoard.", minimum=1)
    sheet_every: int = option(1_000, "Steps between two image sheets and checks of the masks.", minimum=1)
    checkpoint_every: int = option(500, "Steps between two checkpoints.", minimum=1)
    keep: int = option(3, "Number of checkpoints to keep.", minimum=1)
    deterministic: bool = option(
        True, "Only deterministic kernels, so that two runs with one seed are bitwise equal on CPU."
    )
    dry_run: bool = option(False, "Print the resolved configuration, build everything, write nothing, train nothing.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class TrainConfig:
    """Everything that `tools/train.py` takes."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: RunConfig = field(default_factory=RunConfig)
    distribution: DistributionConfig = field(default_factory=DistributionConfig)

    def __post_init__(self) -> None:
        if self.distribution.micro_batches > 1 and self.model.mechanisms == "conv":
            raise ConfigError(
                f"--micro_batches: expected 1, got {self.distribution.micro_batches}: the digit CGN has batch norm, "
                "whose statistics over a part of the batch are not those of the whole; use more devices, or a "
                "smaller --batch_size."
            )
        if self.loss.generated_labels == "twins" and self.run.batch_size % 2:
            raise ConfigError(f"--batch_size: expected an even number for twins, got {self.run.batch_size}.")
        if self.run.batch_size % self.distribution.micro_batches:
            raise ConfigError(
                f"--micro_batches: expected a divisor of --batch_size={self.run.batch_size}, got "
                f"{self.distribution.micro_batches}."
            )
        if self.distribution.gradient_checkpointing and self.model.mechanisms == "conv":
            raise ConfigError("--gradient_checkpointing contradicts --mechanisms=conv: it is for BigGAN's blocks.")
        if self.model.mechanisms == "biggan" and self.model.critic != "none":
            raise ConfigError(f"--critic={self.model.critic} contradicts --mechanisms=biggan: set --critic=none.")
        if self.data.dataset == "latent":
            self._check_latent()
        elif self.model.reference == "generator":
            raise ConfigError(f"--reference=generator contradicts --dataset={self.data.dataset}: set --dataset=latent.")
        reads_images = self.model.masker in ("u2net", "u2netp")
        if self.loss.weights()["background"] and not reads_images and not self.model.masker_weights:
            raise ConfigError(
                "--background_weight needs a network that finds objects: give --masker_weights, also beside "
                "--masker=clip."
            )
        if self.model.masker == "opaque":
            self._check_opaque()
        if self.model.texture_kind == "canvas" and self.model.noise_dim < 2:
            raise ConfigError(
                f"--noise_dim: expected at least 2 for --texture_kind=canvas, got {self.model.noise_dim}."
            )
        if self.model.critic == "none" and self.loss.adversarial_weight:
            raise ConfigError(
                f"--critic=none contradicts --adversarial_weight={self.loss.adversarial_weight}: "
                "choose a critic, or set --adversarial_weight=0."
            )
        if self.model.critic == "none" and self.loss.critic_noise:
            raise ConfigError(f"--critic=none contradicts --critic_noise={self.loss.critic_noise}: nothing sees it.")
        if self.model.critic != "none" and not self.loss.adversarial_weight:
            raise ConfigError(
                f"--critic={self.model.critic} contradicts --adversarial_weight=0: the mechanisms would not see it; "
                "set --critic=none, or give the term a weight."
            )
        if self.optimizer.freeze_norms_from and self.model.mechanisms != "conv":
            raise ConfigError(
                f"--freeze_norms_from={self.optimizer.freeze_norms_from} contradicts "
                f"--mechanisms={self.model.mechanisms}: it is for the batch norms of conv."
            )
        if self.optimizer.freeze_norms_from >= self.run.steps:
            raise ConfigError(
                f"--freeze_norms_from: expected less than --steps ({self.run.steps}), got "
                f"{self.optimizer.freeze_norms_from}."
            )
        if self.optimizer.lr_decay_steps > self.run.steps:
            raise ConfigError(
                f"--lr_decay_steps: expected at most --steps ({self.run.steps}), got {self.optimizer.lr_decay_steps}."
            )
        if not self.run.workdir and not self.run.dry_run:
            raise ConfigError("--workdir: expected a directory for the run, got none; for example --workdir=runs/one.")
        if (
            self.loss.generated_labels != "paired"
            and self.loss.reconstruction_weight
            and self.model.reference == "data"
        ):
            raise ConfigError(
                f"--reconstruction_weight contradicts --generated_labels={self.loss.generated_labels}: the real image "
                "would show another class; set --generated_labels=paired."
            )
        if self.data.digits.endswith(".npz") and not Path(self.data.digits).is_file():
            raise ConfigError(f"--digits: no file {self.data.digits}; give an .npz, tfds, or sklearn.")

    def _check_opaque(self) -> None:
        """Mechanisms and terms that an opaque mask leaves without effect."""
        if not {"shape", "background"} <= set(self.optimizer.freeze) or self.optimizer.embedding_owner != "texture":
            raise ConfigError(
                "--masker=opaque: shape and background have no effect; set --freeze=shape,background and "
                "--embedding_owner=texture."
            )
        if self.model.texture_kind in ("flat", "canvas"):
            raise ConfigError(
                f"--texture_kind={self.model.texture_kind} contradicts --masker=opaque: the texture mechanism draws "
                "the whole image; set --texture_kind=deep."
            )
        weights = self.loss.weights()
        masked = [name for name in LOSSES["shape"] if weights[name]]
        if masked:
            raise ConfigError(
                f"--masker=opaque contradicts {', '.join(masked)}: the mask is fixed; set --binary_weight=0, "
                "--mask_size_weight=0, --border_weight=0 and --mask_diversity_weight=0."
            )

    def _check_latent(self) -> None:
        """What there cannot be without real images."""
        if self.model.reference != "generator":
            raise ConfigError("--dataset=latent contradicts --reference=data: set --reference=generator.")
        if self.model.critic != "none":
            raise ConfigError(f"--critic={self.model.critic} contradicts --dataset=latent: it has no real images.")
        if self.loss.gram_bank:
            raise ConfigError(f"--gram_bank={self.loss.gram_bank} contradicts --dataset=latent: it has no real images.")
