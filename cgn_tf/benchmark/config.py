"""The configuration of `tools/benchmark.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse

FROM_FILES = ("quickstart", "colored_mnist", "double_colored_mnist", "wildlife_mnist")
"""Configurations of `configs/*.flags`."""

_STYLE = (
    "--dataset=wildlife_mnist", "--discriminator=conv", "--batch_size=16", "--init=normal", "--gain=0.03",
    "--binary_entropy_weight=0.3", "--style_weights=.01,.05,0,.01",
)  # fmt: skip
IMAGENET_STEP = "imagenet_step"
BUILT_IN = {
    "wildlife_vgg16": (*_STYLE, "--features=vgg16"),
    "wildlife_vgg16_bank": (*_STYLE, "--features=vgg16", "--style_reference_bank=16"),
    "wildlife_squeezenet": (*_STYLE, "--features=squeezenet"),
    IMAGENET_STEP: (
        "--backbone=random", "--backbone_width=128", "--masker_weights=random", "--batch_size=1", "--micro_batches=1",
    ),
}  # fmt: skip
"""Flags of configurations that have no file: the paper's wildlife MNIST, whose style loss takes most of a step, and one
image of `configs/imagenet.flags` in full width, with random weights."""

CONFIGURATIONS = (*FROM_FILES, *BUILT_IN)


@dataclass(frozen=True)
class BenchmarkConfig:
    """What to measure, and for how long."""

    configurations: str = option(
        ",".join(name for name in CONFIGURATIONS if name != IMAGENET_STEP),
        f"Configurations whose training step is measured, comma separated; empty: none. {IMAGENET_STEP} takes 7.5 GB.",
    )
    digits: bool = option(True, "Whether to measure data and generation of digits.")
    data_dir: str = path_option(
        "",
        "Directory of a `dataset=folder`, whose data and training step of 32 pixels are measured besides; empty: none.",
        PathUse.READ,
    )
    imagenet: bool = option(
        False,
        "Whether to measure BigGAN-deep at 256 pixels and counterfactuals of its CGN, in full width with random "
        "weights; `configurations=` `nodigits` then shows their memory alone.",
    )
    serving: bool = option(
        False,
        "Whether to measure requests to an exported digit CGN, loaded in this process; with `imagenet` also to "
        "the CGN at 256 pixels.",
    )
    seconds: float = option(2.0, "Seconds for which each figure is measured in each round.", above=0.0)
    repeats: int = option(
        3, "Number of rounds; all figures are measured in turn, so that a busy moment hits all.", minimum=1
    )
    feature_weights: str = path_option(
        "random",
        "Weights of VGG16 and SqueezeNet: random (no download, the same speed), imagenet (downloads, VGG16 only), or "
        "a path, which fits one of the two.",
        PathUse.READ,
        words=("random", "imagenet"),
    )
    deterministic: bool = option(True, "Whether only deterministic kernels are used, as in training.")
    output: str = path_option("", "File for the figures, JSON; empty: only printed.", PathUse.WRITE_FILE)

    def __post_init__(self) -> None:
        check_options(self)
        unknown = [name for name in self.names if name not in CONFIGURATIONS]
        if unknown:
            raise ConfigError(
                f"`configurations`: expected names out of {', '.join(CONFIGURATIONS)}, got {', '.join(unknown)}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The configurations by name, each once."""
        return tuple(dict.fromkeys(name.strip() for name in self.configurations.split(",") if name.strip()))
