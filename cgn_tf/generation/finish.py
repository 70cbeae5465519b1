"""The end of a data set of counterfactuals: everything beside the records, once all of these are there."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.datasets.class_names import ClassNames
from cgn_tf.datasets.trained_on import trained_on
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.created_by import created_by
from cgn_tf.generation.config import PER_PROCESS, GenerateConfig
from cgn_tf.generation.dataset_card import DatasetCard
from cgn_tf.generation.png_folders import PngFolder, header, png_folder
from cgn_tf.generation.record_files import IMAGE, FilePlan, Records, read_records
from cgn_tf.generation.tfds_metadata import LAST, tfds_metadata
from cgn_tf.models.cgn import CGN
from cgn_tf.models.maskers.full import FullMasker
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.flags import as_text
from cgn_tf.render.counterfactual_preview import counterfactual_preview
from cgn_tf.render.png import write_png

CARD, PREVIEW, TABLE = "README.md", "preview.png", "labels.csv"


def is_finished(output: Path, plan: FilePlan, png: bool) -> bool:
    """Whether nothing is missing beside the records."""
    wanted = [output / name for name in (CARD, PREVIEW, LAST)]
    if png:
        wanted += [output / TABLE, *(png_folder(output, file) for file in range(plan.num_files))]
    return all(path.exists() for path in wanted)


def finish(
    output: Path, plan: FilePlan, config: GenerateConfig, origin: CheckpointSource, cgn: CGN, names: ClassNames
) -> None:
    """Verifies all record files, and writes metadata, card and preview, with `config.png` PNG files and their table.

    The same files give the same bytes, however often and by whichever process; TFDS sees a data set at the end only.

    Raises:
        CommandError: a record file is damaged or incomplete.
        OSError: the disk refuses.
    """
    first = _read_all(output, plan, config, names)
    images = np.stack([tf.io.decode_png(png).numpy() for png in first.parts[IMAGE]])
    write_png(output / PREVIEW, counterfactual_preview(images, first.labels, config.images_per_mask, names.names))
    shapes = {part: (cgn.image_size, cgn.image_size, _channels(first.parts[part][0])) for part in config.outputs}
    card = dataset_card(config, plan, origin, cgn, names, shapes)
    write_atomically(output / CARD, card.markdown().encode())
    metadata = tfds_metadata(
        names.unique,
        shapes,
        [plan.length(file) for file in range(plan.num_files)],
        sum((output / plan.name(file)).stat().st_size for file in range(plan.num_files)),
        card.summary,
    )
    for name, content in metadata.items():
        write_atomically(output / name, content)


def dataset_card(
    config: GenerateConfig,
    plan: FilePlan,
    origin: CheckpointSource,
    cgn: CGN,
    names: ClassNames,
    shapes: Mapping[str, tuple[int, ...]],
) -> DatasetCard:
    """The card of a data set that was made with `config` of `cgn`; `shapes` are those of the parts in a record."""
    found = trained_on(origin.config)
    return DatasetCard(
        plan=plan,
        class_names=names.unique,
        command=_command(config),
        made_by=created_by(),
        model=config.model,
        step=origin.step,
        sha256=origin.sha256,
        model_dataset=found.dataset if found else None,
        seed=config.seed,
        images_per_mask=config.images_per_mask,
        truncation=config.truncation,
        texture_noise=config.texture_noise,
        mode=config.mode,
        fixed=config.classes,
        parts=shapes,
        cut=cgn.noise_distribution == "truncated_normal",
        takes_truncation=cgn.takes_truncation,
        shares_noise=cgn.shares_noise,
        shifted=_shifted(cgn),
        whole_mask=isinstance(cgn.masker, FullMasker),
        png=config.png,
    )


def _channels(png: bytes) -> int:
    return int(tf.io.decode_png(png).shape[-1])


def _shifted(cgn: CGN) -> list[str]:
    """The factors whose images are shifted in counterfactuals."""
    drawing = {"texture": cgn.texture_mechanism, "background": cgn.background_mechanism}
    return [factor for factor, mechanism in drawing.items() if cgn.shuffles and mechanism.is_shifted]


def _read_all(output: Path, plan: FilePlan, config: GenerateConfig, names: ClassNames) -> Records:
    """Reads every record, unpacks them with `config.png`, and returns the first ones, for the preview."""
    png = config.png
    rows = [header(names.given)]
    first: Records | None = None
    done = 0
    for file in range(plan.num_files):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(PngFolder(output, file, done, names.given)) if png else None
            for records in read_records(output / plan.name(file), plan.length(file), config.outputs):
                first = first or records
                if folder is not None:
                    rows += folder.add(records)
            if folder is not None:
                folder.complete()
        done += plan.length(file)
    if first is None:
        raise RuntimeError("expected at least one record; every plan has one.")
    if png:
        write_atomically(output / TABLE, "".join(rows).encode())
    return first


def _command(config: GenerateConfig) -> str:
    """The command line that makes the whole data set in one process, every option named."""
    options = {name: value for name, value in to_dict(config).items() if name not in PER_PROCESS - {"output_dir"}}
    flags = [
        f"--{'' if value else 'no'}{name}" if isinstance(value, bool) else f"--{name}={shlex.quote(as_text(value))}"
        for name, value in options.items()
        if value not in ("", [])
    ]
    return " \\\n  ".join(["python tools/generate.py", *flags])
