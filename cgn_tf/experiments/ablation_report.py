"""What the runs of an ablation came to, from the event files and sample grids that they left."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator
from tensorboard.util import tensor_util

from cgn_tf.errors import CommandError
from cgn_tf.experiments.ablate_config import Variant
from cgn_tf.experiments.ablation_scores import SCORES, VariantScores
from cgn_tf.losses.registry import LOSSES
from cgn_tf.render.film import shrunk
from cgn_tf.render.grid import image_grid
from cgn_tf.render.markdown import markdown_table
from cgn_tf.render.png import read_png
from cgn_tf.training.callbacks.tags import log_of
from cgn_tf.training.callbacks.tensorboard import RUN

MASK_MEAN = "mask/mean"
RAW = "raw/"
PREVIEW_WIDTH = 1_200


class Published(NamedTuple):
    """Figures of the paper's ablation: BigGAN-deep at 256 pixels on ImageNet, trained to the end."""

    inception_score: float
    mask_mean: float


PAPER = {
    "": Published(130.2, 0.3),
    "shape": Published(85.9, 0.2),
    "text": Published(198.4, 0.9),
    "bg": Published(195.6, 0.1),
    "rec": Published(38.4, 0.3),
}
"""By the loss that is switched off; Sauer and Geiger, "Counterfactual Generative Networks", ICLR 2021."""
PAPER_NOTE = (
    "The paper's figures are of ImageNet at full scale (BigGAN-deep, 256 pixels, the whole training); these runs "
    "compare with one another."
)
UNSCORED_NOTE = "IS and FID were not measured; `score_real` and `score_feature_weights` have them measured."


class Change(NamedTuple):
    """A figure's mean over the first interval that was logged, and over the last."""

    start: float
    end: float


class Row(NamedTuple):
    """One variant.

    Attributes:
        variant: which.
        start: the step at which the first interval ended.
        end: the step at which the last interval ended.
        mask_mean: μ_mask.
        terms: name → loss term before its weight; those that are switched off have none.
        scores: of the images of the CGN; None: they were not measured.
    """

    variant: Variant
    start: int
    end: int
    mask_mean: Change
    terms: Mapping[str, Change]
    scores: VariantScores | None = None


def read_logs(logdir: Path) -> dict[str, dict[int, float]]:
    """Log → step → value of a run; the event files of older ones stand in `logdir` itself."""
    logs: dict[str, dict[int, float]] = {}
    for folder in (logdir, logdir / RUN):
        for tag, values in (read_scalars(folder) if folder.is_dir() else {}).items():
            logs.setdefault(log_of(tag), {}).update(values)
    return {log: {step: values[step] for step in sorted(values)} for log, values in logs.items()}


def read_scalars(logdir: Path) -> dict[str, dict[int, float]]:
    """Tag → step → value of all event files in `logdir`; of a step that was run again the value written last."""
    # 0: keep all. Nothing is purged, because the accumulator would guess from the order of steps what was run again.
    accumulator = EventAccumulator(str(logdir), size_guidance={TENSORS: 0}, purge_orphaned_data=False)
    accumulator.Reload()
    scalars: dict[str, dict[int, float]] = {}
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name != "scalars":  # but a picture or a text
            continue
        events = sorted(accumulator.Tensors(tag), key=operator.attrgetter("wall_time"))
        values = {event.step: tensor_util.make_ndarray(event.tensor_proto) for event in events}
        scalars[tag] = {step: float(values[step]) for step in sorted(values)}
    return scalars


def read_row(variant: Variant) -> Row:
    """The figures of a run.

    Raises:
        CommandError: it logged none.
    """
    logdir = Path(variant.workdir) / "tensorboard"
    scalars = read_logs(logdir)
    if MASK_MEAN not in scalars:
        raise CommandError(
            f"{logdir}: expected the event files of {variant.name}, got none with {MASK_MEAN}; "
            f"remove {variant.workdir} and train it again."
        )
    steps = list(scalars[MASK_MEAN])
    terms = {log.removeprefix(RAW): _change(values) for log, values in scalars.items() if log.startswith(RAW)}
    return Row(variant, steps[0], steps[-1], _change(scalars[MASK_MEAN]), terms)


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """The figures for machines; what is not finite is null."""
    return {
        "variants": [
            {
                "name": row.variant.name,
                "workdir": row.variant.workdir,
                "start_step": row.start,
                "end_step": row.end,
                "mask_mean": _finite(row.mask_mean),
                "raw": {name: _finite(row.terms[name]) for name in _term_names([row])},
                "scores": None if row.scores is None else row.scores._asdict(),
                "paper": PAPER[row.variant.loss]._asdict(),
            }
            for row in rows
        ],
        "paper_note": PAPER_NOTE,
        "scores_note": _scores_note(rows),
    }


def as_markdown(rows: Sequence[Row], train_flags: str) -> str:
    """The figures for readers: a row a variant, "start → end" in each cell; `train_flags` stand above."""
    names = _term_names(rows)
    scored = [row.scores for row in rows if row.scores is not None][:1]
    measured = [name for one in scored for name in (one.inception_name, one.frechet_name)]
    head = ["", "steps", "μ_mask", *(f"raw/{name}" for name in names), *measured, "paper: IS", "paper: μ_mask"]
    lines = ["# Loss ablation", "", "```", f"train.py {train_flags}".strip(), "```", ""]
    cells = []
    for row in rows:
        paper = PAPER[row.variant.loss]
        terms = [_shown(row.terms[name]) if name in row.terms else "off" for name in names]
        figures = [f"{row.start} → {row.end}", _shown(row.mask_mean), *terms, *_score_cells(row, len(measured))]
        cells.append([row.variant.name, *figures, str(paper.inception_score), str(paper.mask_mean)])
    note = "Means over the first interval that was logged → over the last; loss terms before their weights."
    return "\n".join([*lines, markdown_table(head, cells), "", note, PAPER_NOTE, _scores_note(rows), ""])


def last_sample_grids(variants: Sequence[Variant]) -> np.ndarray | None:
    """The last `parts` sample grid of each variant that has one, below each other with its name; None where none has.

    Returns:
        uint8 [H, W, 3]; sample grids wider than 1200 pixels are made smaller.
    """
    sample_grids = {
        variant.name: sample_grid for variant in variants for sample_grid in _last_sample_grid(Path(variant.workdir))
    }
    if not sample_grids:
        return None
    # a run without the losses that compare has no row of references
    height, width = np.max([sample_grid.shape[:2] for sample_grid in sample_grids.values()], axis=0)
    padded = [
        np.pad(
            sample_grid,
            ((0, height - sample_grid.shape[0]), (0, width - sample_grid.shape[1]), (0, 0)),
            constant_values=255,
        )
        for sample_grid in sample_grids.values()
    ]
    return image_grid(np.stack(padded)[:, None], list(sample_grids))


def _last_sample_grid(workdir: Path) -> Iterator[np.ndarray]:
    """One sample grid or none; names have the step with leading zeros."""
    for path in sorted(workdir.glob("sample_grids/parts_step_*.png"))[-1:]:
        yield shrunk(read_png(path), PREVIEW_WIDTH)


def _change(values: Mapping[int, float]) -> Change:
    ordered = list(values.values())
    return Change(ordered[0], ordered[-1])


def _term_names(rows: Sequence[Row]) -> list[str]:
    """Those that any row has, in the order of the registry."""
    found = {name for row in rows for name in row.terms}
    return [name for name in LOSSES if name in found]


def _score_cells(row: Row, columns: int) -> list[str]:
    if row.scores is None:
        return ["–"] * columns
    scores = row.scores
    return [f"{scores.inception:.2f} ± {scores.inception_std:.2f}", f"{scores.frechet:,.2f}"]


def _scores_note(rows: Sequence[Row]) -> str:
    """What the scores are of, or how they are had."""
    scores = next((row.scores for row in rows if row.scores is not None), None)
    if scores is None:
        return UNSCORED_NOTE
    return (
        f"{scores.inception_name} and {scores.frechet_name}: {scores.samples:,} images of each run against "
        f"{scores.real}; the reports are in {SCORES}/."
    )


def _finite(change: Change) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in change._asdict().items()}


def _shown(change: Change) -> str:
    return f"{change.start:.4g} → {change.end:.4g}"
