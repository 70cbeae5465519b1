"""The suite `backgrounds`: how much does a classifier depend on the background?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.report_files import check_report_files
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.robustness.adversarial import adversarial_challenge, can_challenge, mask_files
from cgn_tf.evaluation.robustness.background_gap import background_gap
from cgn_tf.evaluation.robustness.background_sets import RANDOM, SAME, BackgroundSets, find_sets
from cgn_tf.evaluation.robustness.backgrounds_report import BackgroundsReport
from cgn_tf.evaluation.robustness.class_map import class_map
from cgn_tf.evaluation.robustness.file_logits import FileLogits
from cgn_tf.evaluation.robustness.own_size import own_size
from cgn_tf.evaluation.robustness.readers import Readers
from cgn_tf.evaluation.robustness.suite_options import (
    average_option,
    check_given,
    images_option,
    output_dir_option,
)
from cgn_tf.evaluation.robustness.suite_report import bound_report, described, finish
from cgn_tf.evaluation.sample_options import batch_size_option
from cgn_tf.files.contents import FileTree
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class BackgroundsOptions:
    """Suite backgrounds: how much does a classifier depend on the background?"""

    images: str = images_option()
    output_dir: str = output_dir_option()
    class_map: str = path_option(
        "",
        "JSON file of classes (names of folders) and the outputs of the classifier that stand for each; empty: known "
        "for ImageNet-9, for folders named by WordNet ids, and for a run that was trained on folders of these names; "
        "else the outputs are the classes, sorted by name.",
        PathUse.READ,
    )
    resize: bool = option(
        False, "Bring the images to the size that the classifier expects, even where it takes them as they are."
    )
    adversarial_backgrounds: int = option(
        100,
        "Backgrounds of only_bg_t onto each of which every foreground of only_fg is pasted; 0: none. The published "
        "figures are of all 4,050.",
        minimum=0,
    )
    average: str = average_option()
    batch_size: int = batch_size_option()

    def __post_init__(self) -> None:
        check_options(self)


def judge_backgrounds(
    classifier: Classifier, options: BackgroundsOptions, sets: BackgroundSets, computed: ComputedRows
) -> BackgroundsReport:
    """Judges a classifier on sets that differ in their backgrounds.

    Args:
        classifier: any whose outputs can be mapped to the classes.
        options: of the suite.
        sets: of images.
        computed: keeps what was computed.

    Raises:
        CommandError: see `class_map`, `own_size` and `adversarial_challenge`; or a file that is no image.
    """
    readers = Readers(classifier, class_map(sets.classes, options.class_map, classifier), options.average)
    first = next(iter(sets.sets.values())).files[0]
    prepare, size = own_size(classifier, first, options.resize)
    asked = FileLogits(classifier, computed, options.batch_size)
    correct: dict[str, dict[str, np.ndarray]] = {name: {} for name in readers.names}
    for name, images in sets.sets.items():
        decided = readers.decided(asked.of_files(name, images.files, prepare))
        for reader, answers in zip(readers.names, decided, strict=True):
            correct[reader][name] = answers == images.labels
    gaps = {}
    if {SAME, RANDOM} <= set(sets.sets):
        foregrounds = sets.sets[SAME].foregrounds, sets.sets[RANDOM].foregrounds
        gaps = {reader: background_gap(right[SAME], right[RANDOM], foregrounds) for reader, right in correct.items()}
    challenge = None
    if options.adversarial_backgrounds and can_challenge(sets):
        challenge = adversarial_challenge(sets, asked, readers, prepare, options.adversarial_backgrounds)
    labels = {name: images.labels for name, images in sets.sets.items()}
    return BackgroundsReport(classifier.name, sets.classes, size, labels, correct, gaps, challenge)


def _evaluate(request: SuiteRequest) -> None:
    options: BackgroundsOptions = request.options
    output, root = Path(options.output_dir), Path(options.images)
    check_report_files(output)
    classifier = request.classifier.load()
    sets = find_sets(root)
    class_map(sets.classes, options.class_map, classifier)  # before images are read
    read = [file for images in sets.sets.values() for file in images.files] + list(mask_files(root).values())
    files: dict[str, list[Path] | FileTree] = {
        "images": FileTree(root, [str(file.relative_to(root)) for file in read]),
        "class_map": [Path(options.class_map)] if options.class_map else [],
    }
    with bound_report("backgrounds", request, classifier, files) as computed:
        report = judge_backgrounds(classifier, options, sets, computed)
        figures = {"suite": "backgrounds", "classifier": described(classifier), **report.as_json()}
        finish(output, figures, report.plots(), report.as_markdown)


def _check(request: SuiteRequest) -> None:
    check_given("backgrounds", request, [("images", "bg_challenge"), ("output_dir", "runs/backgrounds")])


BACKGROUNDS = SuitePart(
    name="backgrounds",
    summary="Dependence on backgrounds: a classifier of photographs on ImageNet-9, or on sets built like it.",
    options=BackgroundsOptions,
    evaluate=_evaluate,
    check=_check,
    reads_classifier=True,
)
