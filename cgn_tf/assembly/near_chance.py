"""What to tell of a classifier that reads its test images hardly better than guessing would."""

from __future__ import annotations

from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.evaluation.accuracy import short_percent
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics
from cgn_tf.types import Triplet

_SHARE = 0.05
"""Of the way from guessing to reading everything: Cohen's kappa, for classes of equal number."""


def near_chance(config: TrainClassifierConfig, metrics: ClassifierMetrics, num_classes: int) -> str:
    """One line that says how much is read, why, and what to do; empty for a classifier that reads its test images.

    Args:
        config: of the training.
        metrics: in percent.
        num_classes: chance is one of so many.
    """
    chance = 100 / num_classes
    limit = chance + _SHARE * (100 - chance)
    if metrics.test_accuracy >= limit:
        return ""
    guessed = short_percent(chance)
    told = f"{metrics.test_accuracy:.1f} % of the test images are read right, and guessing reads {guessed} %"
    dataset = config.data.dataset
    varied = config.data.part.options is DigitOptions  # in whose test images texture and background are random
    photographs = config.data.part.options is ImageOptions
    name = dataset if varied else "folder" if photographs else ""
    recipe = f"; the recipe is configs/classifier_{name}.flags" if name else ""
    training = config.training
    learned = metrics.train_accuracy is not None and metrics.train_accuracy >= limit
    if learned and varied and training.training_data == "original" and not training.environments:
        others = " and ".join(factor for factor in Triplet._fields if factor != training.label)
        return (
            f"{told}: the classifier goes by {others}, which follow the {training.label} in the original training "
            f"images and not in the test images. Train on counterfactuals of a CGN{recipe}."
        )
    if learned:
        return f"{told}: what was learned from the training images does not carry over to the test images{recipe}."
    return f"{told}: the training images are not read either. Train for longer, or with another learning rate{recipe}."
