"""The suite `generator`: how good and how varied are generated images, and those of each factor?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.contract import SuitePart, SuiteRequest
from cgn_tf.evaluation.generated_features import GeneratedFeatures, generated_features
from cgn_tf.evaluation.generator_options import DATASET, GeneratorOptions, check_generator_options
from cgn_tf.evaluation.generator_report import GeneratorReport
from cgn_tf.evaluation.image_scores import check_enough, image_scores
from cgn_tf.evaluation.judged_generator import JudgedGenerator, LoadedGenerator, load_generator
from cgn_tf.evaluation.label_changes import label_changes
from cgn_tf.evaluation.mask_problems import mask_figures
from cgn_tf.evaluation.masks_by_class import JudgedMasks, MasksByClass
from cgn_tf.evaluation.reference_features import (
    ReferenceFeatures,
    compute_reference,
    read_statistics,
    write_statistics,
)
from cgn_tf.evaluation.reference_images import Crops, ReferenceImages, dataset_images, folder_images
from cgn_tf.evaluation.report_files import check_report_files, write_report
from cgn_tf.evaluation.resumable import ComputedRows, resumable_report
from cgn_tf.evaluation.scoring_network import ScoringNetwork, load_scoring_network
from cgn_tf.files.contents import digest_of
from cgn_tf.metrics import inception_score

SHOWN_IMAGES = 8
_REAL = {"image": "real", "foreground": "real_textures", "background": "real_backgrounds"}
"""Part of a composite → the option that names real images of it."""


def judge_generator(request: SuiteRequest) -> tuple[dict[str, Any], str, int]:
    """Scores a generator and writes the report to `output_dir`; an interrupted run goes on where it was.

    Returns:
        The content of report.json, the text of report.md, and the number of plots.

    Raises:
        CommandError: no generator, no feature network or no real images; too few images; or statistics or a directory
            of something else.
    """
    options, output = request.options, Path(request.options.output_dir)
    check_report_files(output)
    loaded, generator, network, images = _opened(request)
    _check_counts(options, network, images)
    with resumable_report(output, _binding(options, loaded, network, images)) as computed:
        references = {part: _reference(part, options, network, real, computed) for part, real in images.items()}
        parts = [part for part in references if part != "image"]
        found = generated_features(generator, network, options.samples, computed, options.batch_size, parts)
        changes = (
            label_changes(
                generator, network, options.label_changes, options.seed, computed, _pair_batch(options.batch_size)
            )
            if options.label_changes and generator.num_classes > 1
            else []
        )
        print("comparing the features.", flush=True)
        report = GeneratorReport(
            options=options,
            network=network,
            checkpoint=(str(loaded.source.path), loaded.source.sha256),
            has_parts=generator.has_parts,
            inception=inception_score(found.logits, seed=options.seed),
            sets={
                part: image_scores(found.features[part], reference, options.allow_few_samples, options.seed)
                for part, reference in references.items()
            },
            mask_mean=found.mask_mean,
            masks=_masks(options.model, generator, found, loaded.class_names),
            changes=changes,
            shown=generator.draw(0, min(SHOWN_IMAGES, options.samples)),
        )
        figures = report.as_json()
        text, plots = write_report(output, figures, report.plots(), report.as_markdown)
    return figures, text, plots


def determinants(request: SuiteRequest) -> dict[str, Any]:
    """All that determines the figures of a report, as JSON has it; paths count by what lies there.

    Raises:
        CommandError: no generator, no feature network or no real images.
    """
    loaded, _, network, images = _opened(request)
    return _binding(request.options, loaded, network, images)


class _Opened(NamedTuple):
    """What is judged, by what, and against what; see `_real_images`."""

    loaded: LoadedGenerator
    generator: JudgedGenerator
    network: ScoringNetwork
    images: dict[str, ReferenceImages | None]


def _opened(request: SuiteRequest) -> _Opened:
    options = request.options
    loaded = load_generator(options.model, request.data if options.real == DATASET else None)
    generator = JudgedGenerator(
        loaded.model, seed=options.seed, truncation=options.truncation, counterfactual=options.counterfactual
    )
    network = load_scoring_network(options.features, options.feature_weights, "features", "feature_weights")
    return _Opened(loaded, generator, network, _real_images(request, generator))


def _real_images(request: SuiteRequest, generator: JudgedGenerator) -> dict[str, ReferenceImages | None]:
    """Part of a composite → real images of it; None: its statistics alone."""
    options = request.options
    images: dict[str, ReferenceImages | None] = {"image": None}
    if options.real == DATASET:
        images["image"] = dataset_images(request.data, options.real_split, options.real_images)
    elif options.real:
        images["image"] = folder_images("real", options.real, options.real_images)
    crops = Crops(options.factor_crops, generator.image_size, options.factor_size)
    for part, option in list(_REAL.items())[1:]:
        directory = getattr(options, option)
        if directory and not generator.has_parts:
            raise CommandError(
                f"`{option}`: {options.model} draws whole images, without factors to compare; leave the option out."
            )
        if directory:
            images[part] = folder_images(option, directory, crops=crops)
    return images


def _check_counts(
    options: GeneratorOptions, network: ScoringNetwork, images: dict[str, ReferenceImages | None]
) -> None:
    """Holds all sets to be large enough, before hours of drawing."""
    check_enough(network, options.samples, "`samples`", options.allow_few_samples)
    for part, real in images.items():
        if real is not None:
            check_enough(network, real.count, f"`{_REAL[part]}`", options.allow_few_samples)


def _binding(
    options: GeneratorOptions,
    loaded: LoadedGenerator,
    network: ScoringNetwork,
    images: dict[str, ReferenceImages | None],
) -> dict[str, Any]:
    """See `determinants`; for the directory of the report."""
    named = ("samples", "seed", "truncation", "counterfactual", "label_changes", "allow_few_samples", "features")
    return {
        "suite": "generator",
        **{name: getattr(options, name) for name in named},
        "model_sha256": loaded.source.sha256,
        "feature_weights_sha256": network.weights_sha256,
        **{f"{_REAL[part]}_sha256": real.sha256 for part, real in images.items() if real is not None},
        **({} if images["image"] else {"statistics_sha256": digest_of("statistics", [Path(options.statistics)])}),
        "factor_crops": options.factor_crops,
        "factor_size": options.factor_size,
    }


def _reference(
    part: str,
    options: GeneratorOptions,
    network: ScoringNetwork,
    images: ReferenceImages | None,
    computed: ComputedRows,
) -> ReferenceFeatures:
    """Features of real images, from the file of statistics where it has them."""
    kept = Path(options.statistics) if part == "image" and options.statistics else None
    if kept is not None and kept.exists():
        reference = read_statistics(kept, network, images)
        check_enough(network, reference.statistics.count, "`statistics`", options.allow_few_samples)
        return reference
    if images is None:
        raise CommandError(f"`statistics`: {kept} is no longer there; give `real`.")
    print(f"features of {images.about}.", flush=True)
    reference = compute_reference(network, images, computed, _REAL[part], options.batch_size)
    if kept is not None:
        write_statistics(kept, reference)
    return reference


def _masks(
    model: str, generator: JudgedGenerator, found: GeneratedFeatures, class_names: tuple[str, ...]
) -> MasksByClass:
    """The masks class by class; of no CGN where there are none."""
    names = class_names or tuple(map(str, range(generator.num_classes)))
    if found.masks is None:
        return MasksByClass([], names)
    labels = generator.labels(0, len(found.masks)).shape
    figures = mask_figures(found.masks.astype(np.float32) / 255.0, labels)
    # classes come in turn: those that occur are the first
    return MasksByClass([JudgedMasks(model, figures)], names[: len(figures.classes)])


def _pair_batch(batch_size: int) -> int:
    """Images whose labels are changed at once: each is drawn up to four times."""
    return max(1, batch_size // 4)


def _evaluate(request: SuiteRequest) -> None:
    _, text, plots = judge_generator(request)
    print(text)
    print(f"{request.options.output_dir}: wrote report.md, report.json and {plots} plots.")


GENERATOR = SuitePart(
    name="generator",
    summary="Scores the images of a CGN, a GAN or a BigGAN, and of each factor: IS, FID, KID, precision to coverage.",
    options=GeneratorOptions,
    evaluate=_evaluate,
    check=check_generator_options,
    reads_data=True,
)
