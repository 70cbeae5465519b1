"""The Inception score and the Fréchet distance of each variant of an ablation, by the suite generator."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.evaluation.generator_options import DATASET, GeneratorOptions, check_generator_options
from cgn_tf.evaluation.generator_suite import determinants, judge_generator
from cgn_tf.evaluation.image_scores import check_enough
from cgn_tf.evaluation.report_files import FIGURES, REPORT
from cgn_tf.evaluation.scoring_network import load_scoring_network
from cgn_tf.experiments.ablation_score_config import ScoreConfig
from cgn_tf.files.json_file import json_text, read_json
from cgn_tf.options.command_line import parse

SCORES = "scores"
"""Directory of the reports, within that of the tables."""


class VariantScores(NamedTuple):
    """The scores of one variant.

    Attributes:
        inception_name: of the score, with that of the network: "IS(squeezenet)".
        inception: its mean over splits.
        inception_std: its standard deviation over splits.
        frechet_name: "FID(squeezenet)".
        frechet: the distance.
        samples: number of generated images.
        real: what the real images are.
    """

    inception_name: str
    inception: float
    inception_std: float
    frechet_name: str
    frechet: float
    samples: int
    real: str


def check_scores(scores: ScoreConfig, train_flags: Sequence[str]) -> None:
    """Holds the options to be such that finished runs can be scored, before they train for hours.

    Raises:
        CommandError: the feature network cannot be loaded, or needs more images.
        ConfigError: the data set has no such split.
    """
    network = load_scoring_network(
        scores.score_features, scores.score_feature_weights, "score_features", "score_feature_weights"
    )
    check_enough(network, scores.score_samples, "`score_samples`", allow_few=False)
    data = _data(train_flags)
    if scores.score_real == DATASET and scores.score_split not in data.part.splits:
        raise ConfigError(f"`score_split={scores.score_split}`: {data.dataset} has {', '.join(data.part.splits)}.")
    if scores.score_real == DATASET and not data.part.has_images:
        raise ConfigError(f"`score_real=dataset`: {data.dataset} has no images; give a directory.")


def score_variant(workdir: str, scores: ScoreConfig, train_flags: Sequence[str], output: Path) -> VariantScores:
    """Scores the CGN of a run, or reads the scores that an earlier call left; the report stays below `output`.

    Raises:
        CommandError: see `judge_generator`.
    """
    own: dict[str, Any] = {
        "real": scores.score_real,
        "real_split": scores.score_split,
        "real_images": scores.score_samples,
        "features": scores.score_features,
        "samples": scores.score_samples,
        "label_changes": 0,
    }
    options = GeneratorOptions(**own, model=workdir, feature_weights=scores.score_feature_weights)
    data = _data(train_flags) if scores.score_real == DATASET else DataConfig()
    request = SuiteRequest(options, data, ClassifierConfig())
    found = determinants(request)
    # of other weights, images or options, and of a run that has trained further, it is another report
    report = output / SCORES / f"{Path(workdir).name}_{_digest(found)}"
    if (report / REPORT).exists():
        return _scores(read_json(report / FIGURES))
    real = {name: found[name] for name in ("features", "feature_weights_sha256", "real_sha256")}
    statistics = output / SCORES / f"real_{_digest(real)}.npz"
    request = request._replace(options=replace(options, statistics=str(statistics), output_dir=str(report)))
    check_generator_options(request)
    return _scores(judge_generator(request)[0])


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json_text(values).encode()).hexdigest()[:12]


def _data(train_flags: Sequence[str]) -> DataConfig:
    """The data set of the trainings, wherever they are."""
    return parse(TrainConfig, [*train_flags, f"--workdir={SCORES}"]).data


def _scores(figures: dict[str, Any]) -> VariantScores:
    """Out of a report of the suite."""
    whole = figures["sets"]["image"]
    inception, frechet = (
        next(name for name in found if name.partition("(")[0] == score)
        for score, found in (("IS", figures), ("FID", whole))
    )
    return VariantScores(
        inception,
        figures[inception]["mean"],
        figures[inception]["std"],
        frechet,
        whole[frechet],
        figures["samples"],
        whole["reference"],
    )
