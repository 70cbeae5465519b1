"""The suite `shape_bias`: does a classifier go by shape or by texture?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.report_files import check_report_files
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.robustness.categories import decided, load_categories
from cgn_tf.evaluation.robustness.consistency import consistencies
from cgn_tf.evaluation.robustness.decision_files import read_decisions, write_decisions
from cgn_tf.evaluation.robustness.file_logits import FileLogits
from cgn_tf.evaluation.robustness.heads import head_probabilities
from cgn_tf.evaluation.robustness.shape_bias import Decisions
from cgn_tf.evaluation.robustness.shape_bias_report import Reader, ShapeBiasReport
from cgn_tf.evaluation.robustness.stimuli import Stimulus, find_stimuli
from cgn_tf.evaluation.robustness.suite_options import (
    average_option,
    check_given,
    images_option,
    output_dir_option,
)
from cgn_tf.evaluation.robustness.suite_report import bound_report, described, finish
from cgn_tf.evaluation.sample_options import batch_size_option
from cgn_tf.files.contents import FileTree
from cgn_tf.files.distinct import require_distinct
from cgn_tf.options.declaration import check_options, path_option
from cgn_tf.options.paths import PathUse

DECISIONS = "decisions.csv"
_SEED = 0
"""Of the bootstrap."""


@dataclass(frozen=True)
class ShapeBiasOptions:
    """Suite shape_bias: does a classifier go by shape or by texture?"""

    images: str = images_option()
    output_dir: str = output_dir_option()
    categories: str = path_option(
        "",
        "JSON file of categories and the outputs of the classifier that each holds, "
        '{"cat": [281, 282]}; empty: the 16 categories of Geirhos et al. and their 207 classes of ImageNet.',
        PathUse.READ,
    )
    decisions: tuple[str, ...] = path_option(
        (),
        "CSV files with decisions of other observers on the same stimuli, with the columns subj, object_response and "
        "imagename as model-vs-human has them; with each the error consistency is told. Empty: none.",
        PathUse.READ,
    )
    average: str = average_option()
    batch_size: int = batch_size_option()

    def __post_init__(self) -> None:
        check_options(self)
        if "" in self.decisions:
            raise ConfigError("`decisions`: expected CSV files, got an empty name.")
        require_distinct("decisions", self.decisions)


def judge_shape_bias(
    classifier: Classifier, options: ShapeBiasOptions, stimuli: Sequence[Stimulus], computed: ComputedRows
) -> ShapeBiasReport:
    """Judges a classifier on cue-conflict stimuli.

    Args:
        classifier: any.
        options: `images` is the directory of the stimuli.
        stimuli: in it.
        computed: keeps what was computed.

    Raises:
        CommandError: a file of categories or decisions that does not fit, an image that cannot be read, or no stimulus
            whose categories differ.
    """
    categories = load_categories(options.categories, classifier)
    shapes, textures = (np.array([getattr(one, name) for one in stimuli]) for name in ("shape", "texture"))
    dropped = int((shapes == textures).sum())
    if dropped == len(stimuli):
        raise CommandError(f"{options.images}: expected stimuli of two different categories, got none.")
    keys = [one.key for one in stimuli]
    observers = _observers(options.decisions, frozenset(keys), categories)
    files = [Path(options.images) / one.name for one in stimuli]
    logits = FileLogits(classifier, computed, options.batch_size).of_files("stimuli", files, classifier.geometry.square)
    found = {
        name: Decisions(shapes, textures, decided(shares, categories))
        for name, shares in head_probabilities(logits, classifier.name, classifier.heads, options.average).items()
    }
    readers = {name: Reader(decisions, list(categories), _SEED) for name, decisions in found.items()}
    return ShapeBiasReport(classifier.name, dropped, readers, consistencies(found, keys, observers))


def _observers(files: Sequence[str], keys: frozenset[str], categories: Collection[str]) -> dict[str, dict[str, str]]:
    """Observer → key of a stimulus → decision, of all files; CommandError where they contradict one another."""
    found: dict[str, dict[str, str]] = {}
    for file in files:
        for name, own in read_decisions(Path(file), keys).items():
            if not set(own.values()) & set(categories):
                raise CommandError(
                    f"`decisions`: {file}: expected decisions of {name} among {', '.join(categories)}, got "
                    f"{next(iter(own.values())) or 'none'} and no such."
                )
            known = found.setdefault(name, {})  # several sessions of one observer may be in a file each
            if twice := next((key for key in own if known.get(key, own[key]) != own[key]), None):
                raise CommandError(
                    f"`decisions`: {file}: expected one decision of {name} on {twice}, got {own[twice]}, and "
                    f"{known[twice]} in another file; give observers names of their own."
                )
            known |= own
    return found


def _evaluate(request: SuiteRequest) -> None:
    options: ShapeBiasOptions = request.options
    output = Path(options.output_dir)
    check_report_files(output)
    classifier = request.classifier.load()
    stimuli = find_stimuli(Path(options.images), load_categories(options.categories, classifier))
    files: dict[str, list[Path] | FileTree] = {
        "images": FileTree(Path(options.images), [one.name for one in stimuli]),
        "decisions": [Path(one) for one in options.decisions],
        "categories": [Path(options.categories)] if options.categories else [],
    }
    with bound_report("shape_bias", request, classifier, files) as computed:
        report = judge_shape_bias(classifier, options, stimuli, computed)
        decisions = {name: reader.decisions.decided.tolist() for name, reader in report.readers.items()}
        write_decisions(output / DECISIONS, stimuli, decisions)
        figures = {"suite": "shape_bias", "classifier": described(classifier), **report.as_json()}
        finish(output, figures, report.plots(), report.as_markdown, [DECISIONS])


def _check(request: SuiteRequest) -> None:
    check_given("shape_bias", request, [("images", "cue_conflict"), ("output_dir", "runs/shape_bias")])


SHAPE_BIAS = SuitePart(
    name="shape_bias",
    summary="Shape or texture: a classifier of photographs on cue-conflict stimuli (Geirhos et al. 2019).",
    options=ShapeBiasOptions,
    evaluate=_evaluate,
    check=_check,
    reads_classifier=True,
)
