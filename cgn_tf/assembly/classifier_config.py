"""The configuration of a classifier's training."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.assembly.run_config import RunConfig
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.files.distinct import require_distinct
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.training import distribution
from cgn_tf.training.distribution import DistributionConfig

REPORTING = distribution.MUTABLE | {
    "workdir", "log_every", "checkpoint_every", "keep", "dry_run", "print_config", "method", "counterfactuals",
    "callbacks",
}  # fmt: skip
"""Options that do not change what is computed, but for rounding: the images count, not the place where they lie."""
RESUMABLE = REPORTING | {"steps", "epochs"}
"""Options that may differ when a run goes on."""
PLACES = frozenset({"digits", "textures"})
"""Options that may be paths."""

_DEFAULT_LR = {"adadelta": 1.0, "adam": 1e-3}


@dataclass(frozen=True)
class ClassifierDataConfig:
    """What the classifier learns from, and what it is to read."""

    training_data: str = option(
        "original",
        "Training images: those of `dataset`, counterfactuals that tools/generate.py made, or both in each batch.",
        choices=("original", "counterfactual", "mixed"),
    )
    counterfactuals: tuple[str, ...] = path_option(
        (), "Directories of data sets of tools/generate.py, comma separated.", PathUse.READ
    )
    num_counterfactuals: int = option(0, "The first so many of these images; 0: all.", minimum=0)
    original_share: float = option(0.5, "mixed: share of original images in a batch.", above=0.0, below=1.0)
    label: str = option(
        "shape",
        "The factor to read; counterfactuals make the classifier invariant to the other two.",
        choices=("shape", "texture", "background"),
    )
    affine: float = option(
        0.0,
        "Strength of random affine maps of the training images; 1: rotations of up to 15 degrees, scales of 0.86 to "
        "1.16, shears of 0.2, shifts of 2 pixels. 0: none, as in the paper.",
        minimum=0.0,
    )
    environments: tuple[float, ...] = option(
        (),
        "original: one probability an environment, with which texture and background follow the class of an image "
        "instead of being drawn at random, 1.0,0.9 for example. Every batch is divided equally. Empty: they always "
        "follow.",
        minimum=0.0,
        maximum=1.0,
    )
    method: str = option("", "Name of the method in metrics.json, cgn or gan for example; empty: by the training data.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.training_data == "original":
            if self.counterfactuals:
                raise ConfigError(
                    "`counterfactuals` contradicts `training_data=original`: set it to counterfactual or mixed."
                )
            if self.num_counterfactuals:
                raise ConfigError(
                    f"`num_counterfactuals={self.num_counterfactuals}` contradicts `training_data=original`: set it to "
                    "counterfactual or mixed."
                )
        elif not self.counterfactuals or not all(self.counterfactuals):
            raise ConfigError(
                f"`counterfactuals`: expected directories that tools/generate.py wrote, for "
                f"`training_data={self.training_data}`, got {','.join(self.counterfactuals) or 'none'}."
            )
        elif self.environments:
            raise ConfigError(
                f"`environments` contradicts `training_data={self.training_data}`: set `training_data=original`."
            )
        require_distinct("counterfactuals", self.counterfactuals)
        if len(self.environments) == 1:
            raise ConfigError("`environments`: expected at least two probabilities, got one.")


@dataclass(frozen=True)
class ClassifierOptimizerConfig:
    """The optimizer, and the penalty of invariant risk minimisation (IRMv1)."""

    optimizer: str = option("adadelta", "adadelta, as in the paper, or adam.", choices=("adadelta", "adam"))
    lr: float = option(0.0, "Learning rate; 0: 1 of adadelta, 0.001 of adam.", minimum=0.0)
    lr_decay: float = option(0.7, "adadelta: factor on the rate every `lr_decay_every` steps.", above=0.0, maximum=1.0)
    lr_decay_every: int = option(
        0, "adadelta: steps from one factor to the next; 0: an epoch.", minimum=0, scales_with="steps"
    )
    lr_linear_steps: int = option(
        0, "adam: the last so many steps of the run bring the rate linearly to 0.", minimum=0, scales_with="steps"
    )
    lr_warmup_steps: int = option(
        0,
        "adam with `lr_linear_steps`: the first so many steps bring the rate linearly up from 0.",
        minimum=0,
        scales_with="steps",
    )
    irm_weight: float = option(
        0.0,
        "Weight of the IRM penalty from `irm_anneal_steps` on; above 1 the whole loss is divided by it. 0: no penalty.",
        minimum=0.0,
    )
    irm_anneal_steps: int = option(0, "Steps with weight 1 before that.", minimum=0, scales_with="steps")

    def __post_init__(self) -> None:
        check_options(self)
        if self.optimizer == "adadelta" and self.lr_linear_steps:
            raise ConfigError("`lr_linear_steps` contradicts `optimizer=adadelta`: set `optimizer=adam`.")
        if self.optimizer == "adam" and self.lr_decay_every:
            raise ConfigError("`lr_decay_every` contradicts `optimizer=adam`: set `lr_linear_steps`, or adadelta.")
        if self.lr_warmup_steps and not self.lr_linear_steps:
            raise ConfigError("`lr_warmup_steps` needs a schedule: set `lr_linear_steps`.")
        if self.irm_anneal_steps and not self.irm_weight:
            raise ConfigError("`irm_anneal_steps` needs a penalty: set `irm_weight`.")

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        return self.lr or _DEFAULT_LR[self.optimizer]


@dataclass(frozen=True)
class ClassifierRunConfig(RunConfig):
    """Run: length, place and reporting; all runs are tested on the same images, whatever their seed."""

    keep: int = option(2, "Number of checkpoints to keep.", minimum=1)
    steps: int = option(0, "Optimisation steps in all; 0: `epochs`.", minimum=0)
    epochs: float = option(10.0, "Epochs of the training images in all, where `steps` is 0.", above=0.0)
    batch_size: int = option(64, "Images in a step.", minimum=1)


@dataclass(frozen=True)
class TrainClassifierConfig:
    """Everything that the command for classifiers takes."""

    data: DataConfig = field(default_factory=DataConfig)
    training: ClassifierDataConfig = field(default_factory=ClassifierDataConfig)
    optimizer: ClassifierOptimizerConfig = field(default_factory=ClassifierOptimizerConfig)
    run: ClassifierRunConfig = field(default_factory=ClassifierRunConfig)
    distribution: DistributionConfig = field(default_factory=DistributionConfig)

    def __post_init__(self) -> None:
        if "test" not in self.data.part.splits:
            raise ConfigError(f"`dataset={self.data.dataset}`: expected a data set that has images to test on.")
        if self.training.training_data == "mixed" and not 0 < self.num_original < self.run.batch_size:
            raise ConfigError(
                f"`original_share={self.training.original_share:g}` of `batch_size={self.run.batch_size}`: expected at "
                f"least one image of either kind, got {self.num_original} original ones; take a larger batch."
            )
        environments = len(self.training.environments)
        if environments and self.run.batch_size % environments:
            raise ConfigError(
                f"`batch_size`: expected a multiple of the {environments} `environments`, got {self.run.batch_size}."
            )
        if self.optimizer.irm_weight and not environments:
            raise ConfigError(
                f"`irm_weight={self.optimizer.irm_weight:g}` needs environments: `environments=1.0,0.9`, for example."
            )
        self.check_length(self.run.steps)
        self._check_distribution()

    @property
    def num_original(self) -> int:
        """Original images in a batch."""
        share = {"original": 1.0, "counterfactual": 0.0, "mixed": self.training.original_share}
        return round(share[self.training.training_data] * self.run.batch_size)

    def check_length(self, steps: int) -> None:
        """Holds a run of `steps` (0: not known yet) to be as long as its schedules; ConfigError where it is not."""
        if steps:
            self.run.check_schedule("lr_linear_steps", self.optimizer.lr_linear_steps, steps)

    def _check_distribution(self) -> None:
        """What a small network with batch norm and max-pooling does without."""
        if self.distribution.jit and self.run.deterministic:
            raise ConfigError(
                "`jit` contradicts `deterministic`: XLA's gradient of max-pooling is not; set `nodeterministic` too."
            )
        for name, allowed in (("mixed_precision", "float32"), ("micro_batches", 1), ("gradient_checkpointing", False)):
            if getattr(self.distribution, name) != allowed:
                raise ConfigError(f"`{name}`: expected {str(allowed).lower()} for a classifier; leave it out.")
