"""The options of the suite generator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgn_tf.classifiers.registry import CLASSIFIERS
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.evaluation.sample_options import batch_size_option, samples_option, truncation_option
from cgn_tf.evaluation.scoring_network import check_has_features
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.registry import Choices
from cgn_tf.options.seeds import seed_option

DATASET = "dataset"
"""The word that stands for the images of the option `dataset`."""
SPLITS = ("train", "validation", "test", "official_test")


@dataclass(frozen=True)
class GeneratorOptions:
    """Suite generator: how good and how varied are the images of a CGN, a GAN or a BigGAN, and those of each factor?"""

    model: str = path_option(
        "", "Work directory or converted checkpoint of a CGN, a GAN or a BigGAN. Required.", PathUse.READ
    )
    real: str = path_option(
        "",
        "Real images to compare with: a directory of images at any depth, or dataset for those of `dataset`. Images "
        "of a directory are brought to the feature network's size without keeping their aspect; `dataset=folder` "
        "crops them first. Empty: what `statistics` has of them.",
        PathUse.READ,
        words=(DATASET,),
    )
    real_split: str = option(
        "test",
        "Split of `dataset` for `real=dataset`. Of digits, train alone has textures and backgrounds that follow the "
        "shape, as images without `counterfactual` have; in the others they are independent.",
        choices=SPLITS,
    )
    real_images: int = option(0, "At most so many real images, evenly spaced; 0: all.", minimum=0)
    real_textures: str = path_option(
        "", "Directory of images that the foregrounds are compared with; empty: with none.", PathUse.READ
    )
    real_backgrounds: str = path_option(
        "", "Directory of images that the backgrounds are compared with; empty: with none.", PathUse.READ
    )
    factor_crops: int = option(
        0,
        "Random crops, as large as a generated image, that are taken from each image of `real_textures` and "
        "`real_backgrounds`; 0: the whole images.",
        minimum=0,
    )
    factor_size: int = option(
        0,
        "Side in pixels to which these images are brought before they are cropped, by the nearest pixel; 0: as they "
        "are. Textures of wildlife_mnist are brought to 150.",
        minimum=0,
    )
    features: str = option(
        "squeezenet",
        "Network whose features are compared, one of those that tell their number; scores carry its name, but for "
        "inception_2015, by which they are the IS, FID and KID of papers.",
        choices=Choices(CLASSIFIERS),
    )
    feature_weights: str = path_option("", "File of its weights. Required.", PathUse.READ)
    statistics: str = path_option(
        "",
        "File that keeps the features of `real`: read where it is there, and held to be of the same images and the "
        "same network, else written. Empty: none.",
        PathUse.WRITE_FILE,
    )
    counterfactual: bool = option(False, "Draw independent labels for texture and background.")
    label_changes: int = option(
        100, "Images of which one label is changed at a time, to see how much the image changes; 0: none.", minimum=0
    )
    allow_few_samples: bool = option(
        False, "Score fewer images than the network has features, too; such distances are not comparable to others."
    )
    batch_size: int = batch_size_option()
    output_dir: str = path_option(
        "", "Directory for report.json, report.md and the plots. Required.", PathUse.WRITE_DIRECTORY
    )
    samples: int = samples_option("Number of images that are generated and judged.")
    truncation: float = truncation_option()
    seed: int = seed_option(0, "Seed of noise, labels and shifts, of the splits of IS, and of the subsets of KID.")

    def __post_init__(self) -> None:
        check_options(self)


def check_generator_options(request: SuiteRequest) -> None:
    """Holds the options to name a model, real images, feature weights and a place for the report.

    Raises:
        ConfigError: something is missing, or contradicts another option.
    """
    options = request.options
    examples = {
        "model": "`model=runs/quickstart`",
        "feature_weights": "`feature_weights=squeezenet_v1.0.npz`",
        "output_dir": "`output_dir=runs/report`",
    }
    for name, example in examples.items():
        if not getattr(options, name):
            raise ConfigError(f"`{name}`: expected one for `suite=generator`, got none; for example {example}.")
    check_has_features(options.features, "features")
    if not options.real and not (options.statistics and Path(options.statistics).exists()):
        raise ConfigError(
            "`real`: expected a directory of images or the word dataset, got none, and no `statistics` that are "
            "there; for example `real=dataset`."
        )
    if options.real == DATASET and options.real_split not in request.data.part.splits:
        raise ConfigError(
            f"`real_split={options.real_split}`: {request.data.dataset} has {', '.join(request.data.part.splits)}."
        )
    if options.real != DATASET and request.data != DataConfig():
        raise ConfigError("`dataset`: nothing reads it; set `real=dataset`, or leave it and its options out.")
    if options.factor_size and not options.factor_crops:
        raise ConfigError("`factor_size`: nothing reads it without `factor_crops`; set both, or leave it out.")
    if options.factor_crops and not (options.real_textures or options.real_backgrounds):
        raise ConfigError("`factor_crops`: nothing to crop; set `real_textures` or `real_backgrounds`.")
