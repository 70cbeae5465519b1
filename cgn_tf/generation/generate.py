"""Makes a data set of counterfactuals, or one process's share of it, from a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.datasets.trained_on import trained_on
from cgn_tf.errors import CommandError, without_place
from cgn_tf.files.binding import LOCK, ConfigBinding
from cgn_tf.files.contents import contents
from cgn_tf.files.lock import Lock
from cgn_tf.generation.class_choice import choose_classes
from cgn_tf.generation.config import MODEL_CLASS_NAMES, MODEL_DATASET, MUTABLE, PER_PROCESS, GenerateConfig
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.generation.finish import finish, is_finished
from cgn_tf.generation.prefetch import prefetch
from cgn_tf.generation.record_files import FilePlan, RecordFile
from cgn_tf.models.cgn import CGN
from cgn_tf.models.folding import for_inference
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.types import Triplet

_SMALL = 64
"""Pixels up to which images are made in large batches."""


class OutputDirError(CommandError):
    """An output directory that cannot be had: of another data set, or not a directory that can be written."""


class Generated(NamedTuple):
    """How far a data set is.

    Attributes:
        files: the number of its record files.
        missing: names of the record files that other processes have not made yet.
        was_finished: whether nothing was missing before.
    """

    files: int
    missing: list[str]
    was_finished: bool


def generate(config: GenerateConfig) -> Generated:
    """Makes the files of this process that are not there yet, and finishes the data set where none is missing.

    Raises:
        CommandError: no model, a directory of another data set or of something else, or one that cannot be written.
    """
    tf.config.experimental.enable_op_determinism()
    cgn, origin = checkpoints.load_with_source(config.model)
    if not isinstance(cgn, CGN):
        raise CommandError(f"{config.model}: expected a CGN, got a {type(cgn).__name__}.")
    if config.truncation > 1.0 and cgn.takes_truncation:
        raise CommandError(
            f"`truncation`: expected at most 1, got {config.truncation:g}: the statistics of this CGN's batch norms "
            "end there."
        )
    config = _resolved(config, cgn)
    names = load_class_names(cgn.num_classes, config.class_names, recorded_class_names(origin.config))
    classes = choose_classes(config.mode, config.classes, names)
    cgn = for_inference(cgn)
    counterfactuals = _counterfactuals(cgn, config, classes)
    output = Path(config.output_dir)
    try:
        _bind(output, config, origin)
        plan = FilePlan(config.num_images, config.shapes_per_batch * config.images_per_mask, config.batches_per_file)
        made = _make_files(counterfactuals, config, plan, output)
        missing = [plan.name(file) for file in range(plan.num_files) if not (output / plan.name(file)).exists()]
        if missing:
            return Generated(plan.num_files, missing, was_finished=False)
        with Lock.wait_for(output / LOCK):
            finished = is_finished(output, plan, config.png)
            if not finished:
                finish(output, plan, config, origin, cgn, names)
    except (OSError, tf.errors.OpError) as error:
        raise OutputDirError(f"{output}: cannot be written ({_reason(error)}); check space and permissions.") from error
    return Generated(plan.num_files, [], was_finished=finished and not made)


def _resolved(config: GenerateConfig, cgn: CGN) -> GenerateConfig:
    """With numbers for what is 0: large images are made one by one."""
    small = cgn.image_size <= _SMALL
    return dataclasses.replace(
        config,
        images_per_mask=config.images_per_mask or (10 if small else 1),
        shapes_per_batch=config.shapes_per_batch or (50 if small else 1),
        batches_per_file=config.batches_per_file or (10 if small else 100),
    )


def _bind(output: Path, config: GenerateConfig, origin: checkpoints.CheckpointSource) -> None:
    described = {name: value for name, value in to_dict(config).items() if name not in PER_PROCESS}
    described |= {"model_step": origin.step, "model_sha256": origin.sha256}
    if (found := trained_on(origin.config)) is not None:
        described[MODEL_DATASET] = found.dataset
        described |= {MODEL_CLASS_NAMES: list(found.class_names)} if found.class_names else {}
    described |= contents({"class_names": [Path(config.class_names)] if config.class_names else []})
    binding = ConfigBinding(output / "config.json", "a data set", "`output_dir`", OutputDirError)
    binding.hold(described, MUTABLE, default_values(GenerateConfig)).release()


class _Batch(NamedTuple):
    """One batch, to be made and written."""

    file: RecordFile
    number: int
    length: int
    is_last_of_file: bool


def _counterfactuals(cgn: CGN, config: GenerateConfig, classes: Triplet[tuple[int, ...]]) -> Counterfactuals:
    try:
        return Counterfactuals(
            cgn,
            seed=config.seed,
            shapes=config.shapes_per_batch,
            images_per_mask=config.images_per_mask,
            truncation=config.truncation,
            classes=classes,
            outputs=config.outputs,
            same_classes=config.mode == "same_classes",
            texture_noise=config.texture_noise,
        )
    except ValueError as error:  # whose first word names the argument, and so the option
        name, _, what = str(error).partition(":")
        raise CommandError(f"`{name}`:{what}") from None


def _make_files(counterfactuals: Counterfactuals, config: GenerateConfig, plan: FilePlan, output: Path) -> bool:
    """Makes this process's files that are not there; returns whether there were any."""
    own = range(config.shard_index, plan.num_files, config.num_shards)
    to_make = [file for file in own if not (output / plan.name(file)).exists()]
    if not to_make:
        return False
    total = sum(map(plan.length, own))
    begun: list[RecordFile] = []
    with ImageProgress(total, total - sum(map(plan.length, to_make))) as progress:
        try:
            batches = _batches(plan, output, to_make, config.outputs, begun, progress)
            for batch, made in prefetch(lambda batch: counterfactuals(batch.number), batches):
                batch.file.write(*tf.nest.map_structure(lambda rows, length=batch.length: rows[:length], made))
                if batch.is_last_of_file:
                    batch.file.complete()
                progress.advance(batch.length)
        finally:
            for file in begun:
                file.give_up()
    return True


def _batches(
    plan: FilePlan,
    output: Path,
    files: Sequence[int],
    parts: Sequence[str],
    begun: list[RecordFile],
    progress: ImageProgress,
) -> Iterator[_Batch]:
    """The batches of the files that no other process makes; every file is added to `begun` before its batches."""
    for file in files:
        record_file = RecordFile.begin(output / plan.name(file), parts)
        if record_file is None:
            progress.leave_out(plan.length(file))
            continue
        begun.append(record_file)
        for number in plan.batches(file):
            yield _Batch(record_file, number, plan.batch_length(number), number == plan.batches(file)[-1])


def _reason(error: Any) -> str:
    return without_place(str(getattr(error, "strerror", None) or error))[:200]
