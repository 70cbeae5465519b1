"""The configuration of `tools/train.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cgn_tf.config import distribution
from cgn_tf.config.distribution import DistributionConfig
from cgn_tf.config.options import ConfigError, check_options, option

RESUMABLE = distribution.MUTABLE | {
    "steps", "workdir", "log_every", "sheet_every", "checkpoint_every", "keep", "dry_run",
}  # fmt: skip
"""Options that may differ when a run goes on: none of them changes what a given step computes, but for rounding."""


@dataclass(frozen=True)
class DataConfig:
    """Which images stand for the real ones."""

    dataset: str = option(
        "colored_mnist", "Variant of the digits.", choices=("colored_mnist", "double_colored_mnist", "wildlife_mnist")
    )
    digits: str = option(
        "tfds", "Digits: sklearn (bundled, no download), tfds (downloads MNIST), or a path of an .npz."
    )
    textures: str = option(
        "tfds", "Textures of wildlife_mnist: procedural (no download), tfds (downloads DTD), or a directory."
    )
    data_dir: str = option("", "Where TFDS keeps its data; empty: its own default.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class ModelConfig:
    """The mechanisms and the critic."""

    noise_dim: int = option(32, "Width of the noise.", minimum=1)
    init: str = option("orthogonal", "Start of Dense and convolution kernels.", choices=("orthogonal", "normal"))
    gain: float = option(0.1, "Gain of that start; batch norm scales start as N(1, gain).", above=0.0)
    mask_gradient: str = option(
        "straight_through",
        "Gradient of the mask where it is clipped: straight_through, or clipped (zero, as in the PyTorch reference).",
        choices=("straight_through", "clipped"),
    )
    critic: str = option(
        "linear", "Discriminator; none needs adversarial_weight=0.", choices=("none", "linear", "conv", "projection")
    )
    critic_width: int = option(
        0, "Hidden units of the linear critic, first channels of the others; 0: the usual 512 or 32.", minimum=0
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class LossConfig:
    """Weight of every loss term; 0 switches a term off, and nothing of it is computed."""

    adversarial_weight: float = option(1.0, "Least-squares GAN term, (D(fake) - 1)^2.", minimum=0.0)
    critic_noise: float = option(
        0.0,
        "Standard deviation of Gaussian noise added to the real and generated images that the critic sees; it keeps a "
        "strong critic from winning.",
        minimum=0.0,
    )
    binary_weight: float = option(0.1, "Binary entropy of the mask, in bits.", minimum=0.0)
    mask_size_weight: float = option(0.0, "By how much the mean of the mask leaves [mask_min, mask_max].", minimum=0.0)
    mask_min: float = option(0.1, "Lower end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)
    mask_max: float = option(0.9, "Upper end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)
    border_weight: float = option(0.0, "Mean of the mask on its frame of border_width pixels.", minimum=0.0)
    border_width: int = option(4, "Pixels of that frame.", minimum=1, maximum=15)
    reconstruction_weight: float = option(0.0, "L1 distance to the real image.", minimum=0.0)
    style_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the Gram loss (squared, times 5000).", minimum=0.0
    )
    content_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the content loss.", minimum=0.0
    )
    features: str = option("vgg16", "Network of the style and content losses.", choices=("vgg16", "squeezenet"))
    feature_weights: str = option(
        "imagenet", "Its weights: imagenet (downloads), random (seeded, untrained), or a path of an .npz."
    )
    feature_range: str = option(
        "caffe",
        "Its input: caffe (BGR, 0..255 minus the mean) or raw (RGB in [-1, 1], as the PyTorch reference feeds it).",
        choices=("caffe", "raw"),
    )
    feature_size: int = option(0, "Side that its input is enlarged to; 0: as it is.", minimum=0)
    gram_bank: int = option(
        0,
        "Compare the style with this many fixed real images of each class, whose Gram matrices are computed once, "
        "instead of with the batch's: faster, but not the same loss; 0: off.",
        minimum=0,
    )
    generated_labels: str = option(
        "paired",
        "Labels of the generated images: paired (those of the batch's real images, so that references show the same "
        "class) or independent (uniform, as in the paper's digits).",
        choices=("paired", "independent"),
    )

    def __post_init__(self) -> None:
        check_options(self)
        for name, weights in (("style_weights", self.style_weights), ("content_weights", self.content_weights)):
            if len(weights) != 4:
                raise ConfigError(f"--{name}: expected four numbers, one a tap, got {len(weights)}.")
        if self.mask_min >= self.mask_max:
            raise ConfigError(f"--mask_min: expected less than --mask_max ({self.mask_max}), got {self.mask_min}.")
        if self.gram_bank and not any(self.style_weights):
            raise ConfigError(f"--gram_bank={self.gram_bank} needs the style term: give it --style_weights.")
        if self.gram_bank and any(self.content_weights):
            raise ConfigError(
                f"--gram_bank={self.gram_bank} contradicts --content_weights: the content term reads the batch's real "
                "images, so that a bank would save nothing; set --gram_bank=0."
            )

    @property
    def uses_features(self) -> bool:
        """Whether the style or the content term is on."""
        return any(self.style_weights) or any(self.content_weights)


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
        if self.distribution.micro_batches > 1:
            raise ConfigError(
                f"--micro_batches: expected 1, got {self.distribution.micro_batches}: the digit CGN has batch norm, "
                "whose statistics over a part of the batch are not those of the whole; use more devices, or a "
                "smaller --batch_size."
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
        if self.optimizer.lr_decay_steps > self.run.steps:
            raise ConfigError(
                f"--lr_decay_steps: expected at most --steps ({self.run.steps}), got {self.optimizer.lr_decay_steps}."
            )
        if not self.run.workdir and not self.run.dry_run:
            raise ConfigError("--workdir: expected a directory for the run, got none; for example --workdir=runs/one.")
        if self.loss.generated_labels == "independent" and self.loss.reconstruction_weight:
            raise ConfigError(
                "--reconstruction_weight contradicts --generated_labels=independent: the real image would show "
                "another class; set --generated_labels=paired."
            )
        if self.data.digits.endswith(".npz") and not Path(self.data.digits).is_file():
            raise ConfigError(f"--digits: no file {self.data.digits}; give an .npz, tfds, or sklearn.")
