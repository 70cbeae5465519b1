"""The suite `imagenet`: top-1 and top-5 on ImageNet's validation images, its variants, and photographs of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.report_files import check_report_files
from cgn_tf.evaluation.robustness.class_map import IMAGENET_CLASSES
from cgn_tf.evaluation.robustness.file_logits import FileLogits
from cgn_tf.evaluation.robustness.heads import head_probabilities
from cgn_tf.evaluation.robustness.imagenet_report import ImagenetReport, SetResult
from cgn_tf.evaluation.robustness.imagenet_sets import ImagenetSet, expanded, folder_set, tfds_set
from cgn_tf.evaluation.robustness.suite_options import (
    average_option,
    check_given,
    images_option,
    output_dir_option,
)
from cgn_tf.evaluation.robustness.suite_report import bound_report, described, finish
from cgn_tf.evaluation.robustness.topk import rank_of_truth
from cgn_tf.evaluation.sample_options import batch_size_option
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class ImagenetOptions:
    """Suite imagenet: how well does a classifier do on ImageNet's classes?"""

    images: str = images_option()
    output_dir: str = output_dir_option()
    imagenet_sets: tuple[str, ...] = option(
        (),
        "Data sets of TensorFlow Datasets: imagenet2012, imagenet_v2, imagenet_sketch, imagenet_a and imagenet_r "
        "(decided among their 200 classes), imagenet2012_corrupted (15 corruptions of five severities), "
        "imagenet2012_corrupted/fog_3, or another one whose labels are WordNet ids. Empty: only `images`.",
    )
    tfds_dir: str = path_option("", "Where TFDS keeps its data; empty: its own default.", PathUse.READ)
    average: str = average_option()
    batch_size: int = batch_size_option()

    def __post_init__(self) -> None:
        check_options(self)
        expanded(self.imagenet_sets)


def judge_on_imagenet(
    classifier: Classifier, average: str, sets: Sequence[ImagenetSet], asked: FileLogits
) -> ImagenetReport:
    """Judges a classifier of ImageNet's classes.

    Args:
        classifier: with 1,000 outputs in ImageNet's order.
        average: see `head_probabilities`.
        sets: at least one.
        asked: the logits of the classifier.

    Raises:
        CommandError: another number of outputs, or an image that cannot be read.
    """
    if classifier.num_classes != IMAGENET_CLASSES:
        raise CommandError(
            f"`suite=imagenet`: expected a classifier of ImageNet's 1,000 classes in their order, got "
            f"{classifier.name} with {classifier.num_classes:,} outputs."
        )
    results = {}
    for number, images in enumerate(sets):
        logits = asked.of_squares(f"set{number}", len(images.labels), images.squares, classifier.geometry.square)
        chosen = images.classes if images.restricted else None
        ranks = {
            reader: rank_of_truth(shares, images.labels, chosen)
            for reader, shares in _scores(logits, classifier, average).items()
        }
        results[images.name] = SetResult(ranks, len(images.classes), images.restricted)
    return ImagenetReport(classifier.name, results)


def _scores(logits: np.ndarray, classifier: Classifier, average: str) -> dict[str, np.ndarray]:
    """What each reader ranks the classes by, [N, K]."""
    if not classifier.heads:  # of equal order, and without the rounding of small probabilities to zero
        return {classifier.name: logits[:, 0]}
    return head_probabilities(logits, classifier.name, classifier.heads, average)


def _evaluate(request: SuiteRequest) -> None:
    options: ImagenetOptions = request.options
    check_report_files(Path(options.output_dir))
    classifier = request.classifier.load()
    sets = [folder_set(Path(options.images))] if options.images else []
    sets += [tfds_set(name, options.tfds_dir) for name in expanded(options.imagenet_sets)]
    files = {("images" if one.name == "images" else f"tfds_{one.name}"): one.files for one in sets}
    with bound_report("imagenet", request, classifier, files) as computed:
        report = judge_on_imagenet(
            classifier, options.average, sets, FileLogits(classifier, computed, options.batch_size)
        )
        figures = {"suite": "imagenet", "classifier": described(classifier), **report.as_json()}
        finish(Path(options.output_dir), figures, report.plots(), report.as_markdown)


def _check(request: SuiteRequest) -> None:
    check_given("imagenet", request, [("output_dir", "runs/imagenet")])
    if not request.options.images and not request.options.imagenet_sets:
        raise ConfigError(
            "`imagenet_sets`: expected data sets for `suite=imagenet`, or `images`, got neither; for example "
            "`imagenet_sets=imagenet_v2`."
        )


IMAGENET = SuitePart(
    name="imagenet",
    summary="Top-1 and top-5 on ImageNet, its variants A, R, Sketch, V2 and C, and own photographs.",
    options=ImagenetOptions,
    evaluate=_evaluate,
    check=_check,
    reads_classifier=True,
)
