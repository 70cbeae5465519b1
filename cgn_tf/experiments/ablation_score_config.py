"""The options of an ablation by which its runs are scored."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.classifiers.registry import CLASSIFIERS
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.generator_options import DATASET, SPLITS
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.registry import Choices


@dataclass(frozen=True)
class ScoreConfig:
    """By which images and which features each run is scored; without `score_real` none is."""

    score_real: str = path_option(
        "",
        "Real images that the images of each run are compared with: a directory, or dataset for those of the "
        "training. Empty: IS and FID are not measured.",
        PathUse.READ,
        words=(DATASET,),
    )
    score_split: str = option("train", "Split of the data set for `score_real=dataset`.", choices=SPLITS)
    score_features: str = option(
        "squeezenet", "Network whose features are compared; scores carry its name.", choices=Choices(CLASSIFIERS)
    )
    score_feature_weights: str = path_option("", "File of its weights, with `score_real` required.", PathUse.READ)
    score_samples: int = option(
        2_000, "Number of images of each run, and at most so many real ones, that are compared.", minimum=10
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.score_real and not self.score_feature_weights:
            raise ConfigError("`score_feature_weights`: expected a file of weights beside `score_real`, got none.")
        if self.score_feature_weights and not self.score_real:
            raise ConfigError(
                "`score_real`: expected a directory of images or the word dataset beside `score_feature_weights`, got "
                "none."
            )
