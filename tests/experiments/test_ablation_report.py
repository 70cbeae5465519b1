from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.experiments.ablate_config import Variant
from cgn_tf.experiments.ablation_report import (
    PAPER,
    Change,
    Row,
    as_json,
    as_markdown,
    last_sample_grids,
    read_row,
    read_scalars,
)
from cgn_tf.experiments.ablation_scores import VariantScores
from cgn_tf.render.png import write_png


def write_events(logdir: Path, values: Mapping[int, Mapping[str, float]]) -> None:
    """One more event file: step → tag → value."""
    writer = tf.summary.create_file_writer(str(logdir))
    for step, scalars in values.items():
        for tag, value in scalars.items():
            with writer.as_default(step=step):
                tf.summary.scalar(tag, value)
    writer.close()


def row(loss: str, mask: Change, terms: Mapping[str, Change]) -> Row:
    return Row(Variant(loss, f"runs/{loss or 'all'}"), 10, 50, mask, terms)


ROWS = [
    row("", Change(0.5, 0.3), {"style": Change(2.0, 0.25), "binary_entropy": Change(0.9, 0.01)}),
    row("shape", Change(0.5, 0.98765), {"style": Change(2.0, 123_456.0)}),
]


def test_scalars_of_a_run_that_went_on(tmp_path: Path) -> None:
    write_events(tmp_path, {10: {"mask/mean": 0.5, "raw/style": 4.0}, 20: {"mask/mean": 0.25}, 23: {"mask/mean": 9.0}})
    # which began again at step 15, and got to other values
    write_events(tmp_path, {20: {"mask/mean": 0.75, "raw/style": 2.0}, 30: {"mask/mean": 0.125}})
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(step=40):
        tf.summary.image("parts", np.zeros((1, 2, 2, 3), np.float32))
    writer.close()
    write_events(tmp_path / "sample_grids", {50: {"mask/mean": 7.0}})
    scalars = read_scalars(tmp_path)
    assert scalars == {
        "mask/mean": {10: 0.5, 20: 0.75, 23: 9.0, 30: 0.125},
        "raw/style": {10: 4.0, 20: 2.0},
    }
    assert list(scalars["mask/mean"]) == [10, 20, 23, 30]


def test_long_runs_are_read_whole(tmp_path: Path) -> None:
    write_events(tmp_path, {step: {"mask/mean": step / 1024} for step in range(1, 301)})
    assert read_scalars(tmp_path)["mask/mean"] == {step: step / 1024 for step in range(1, 301)}


def test_the_figures_of_a_run(tmp_path: Path) -> None:
    logs = {"mask/mean": 0.5, "raw/style": 2.0, "raw/texture": 0.5, "weighted/style": 8.0, "images_per_second": 3.0}
    write_events(tmp_path / "tensorboard", {5: logs, 10: logs | {"mask/mean": 0.75}, 12: logs | {"raw/style": 0.25}})
    variant = Variant("rec", str(tmp_path))
    found = read_row(variant)
    terms = {"style": Change(2.0, 0.25), "texture": Change(0.5, 0.5)}
    assert found == Row(variant, 5, 12, Change(0.5, 0.5), terms)


def test_tags_of_today_beside_those_of_an_older_run(tmp_path: Path) -> None:
    write_events(tmp_path / "tensorboard", {5: {"mask/mean": 0.5, "raw/style": 2.0}})
    now = {"mask/mean": 0.25, "loss_style/raw": 1.0, "loss_style/weighted": 7.0, "speed/images_per_second": 3.0}
    write_events(tmp_path / "tensorboard" / "train", {10: now})
    found = read_row(Variant("rec", str(tmp_path)))
    assert (found.start, found.end, found.mask_mean) == (5, 10, Change(0.5, 0.25))
    assert found.terms == {"style": Change(2.0, 1.0)}


def test_a_run_without_figures(tmp_path: Path) -> None:
    message = rf"^{tmp_path}/tensorboard: expected the event files of without bg, got none with mask/mean; "
    with pytest.raises(CommandError, match=message):
        read_row(Variant("bg", str(tmp_path)))
    write_events(tmp_path / "tensorboard", {1: {"other": 1.0}})
    with pytest.raises(CommandError, match=message):
        read_row(Variant("bg", str(tmp_path)))


def test_the_table() -> None:
    lines = as_markdown(ROWS, "--steps=50").splitlines()
    assert lines[:5] == ["# Loss ablation", "", "```", "train.py --steps=50", "```"]
    assert lines[6:10] == [
        "|  | steps | μ_mask | raw/style | raw/binary_entropy | paper: IS | paper: μ_mask |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| all | 10 → 50 | 0.5 → 0.3 | 2 → 0.25 | 0.9 → 0.01 | 130.2 | 0.3 |",
        "| without shape | 10 → 50 | 0.5 → 0.9877 | 2 → 1.235e+05 | off | 85.9 | 0.2 |",
    ]
    assert "The paper's figures are of ImageNet at full scale" in lines[-2]
    assert lines[-1] == "IS and FID were not measured; `score_real` and `score_feature_weights` have them measured."


def test_scores_stand_before_the_papers() -> None:
    scores = VariantScores("IS(squeezenet)", 3.14159, 0.2, "FID(squeezenet)", 1234.5, 600, "600 images of photos")
    lines = as_markdown([ROWS[0]._replace(scores=scores), ROWS[1]], "").splitlines()
    assert lines[6].endswith("| raw/binary_entropy | IS(squeezenet) | FID(squeezenet) | paper: IS | paper: μ_mask |")
    assert lines[8].endswith("| 0.9 → 0.01 | 3.14 ± 0.20 | 1,234.50 | 130.2 | 0.3 |")
    assert lines[9].endswith("| off | – | – | 85.9 | 0.2 |")
    assert lines[-1] == (
        "IS(squeezenet) and FID(squeezenet): 600 images of each run against 600 images of photos; the reports are in "
        "scores/."
    )
    figures = as_json([ROWS[0]._replace(scores=scores)])
    assert figures["variants"][0]["scores"]["frechet"] == 1234.5


def test_the_figures_as_json() -> None:
    figures = json.loads(json.dumps(as_json([*ROWS, row("bg", Change(0.5, math.nan), {})]), allow_nan=False))
    assert figures["variants"][0] == {
        "name": "all",
        "workdir": "runs/all",
        "start_step": 10,
        "end_step": 50,
        "mask_mean": {"start": 0.5, "end": 0.3},
        "raw": {"binary_entropy": {"start": 0.9, "end": 0.01}, "style": {"start": 2.0, "end": 0.25}},
        "scores": None,
        "paper": {"inception_score": 130.2, "mask_mean": 0.3},
    }
    assert figures["variants"][2]["mask_mean"] == {"start": 0.5, "end": None}


def test_the_papers_figures() -> None:
    assert {loss: tuple(figures) for loss, figures in PAPER.items()} == {
        "": (130.2, 0.3), "shape": (85.9, 0.2), "text": (198.4, 0.9), "bg": (195.6, 0.1), "rec": (38.4, 0.3),
    }  # fmt: skip


def test_the_last_sample_grids_below_each_other(tmp_path: Path) -> None:
    variants = [Variant(loss, str(tmp_path / (loss or "all"))) for loss in ("", "rec", "bg")]
    assert last_sample_grids(variants) is None
    for variant, height, value in ((variants[0], 40, 50), (variants[1], 30, 150)):
        folder = Path(variant.workdir) / "sample_grids"
        folder.mkdir(parents=True)
        for step, shade in ((9, 0), (1_000, value)):
            write_png(folder / f"parts_step_{step:08d}.png", np.full((height, 60, 3), shade, np.uint8))
            write_png(folder / f"counterfactuals_step_{step:08d}.png", np.zeros((5, 5, 3), np.uint8))
    preview = last_sample_grids(variants)  # the third has no sample grid
    assert preview is not None
    assert preview.shape[0] == 2 * (40 + 2) + 2
    np.testing.assert_array_equal(preview[2:42, -62:-2], 50)
    np.testing.assert_array_equal(preview[44:74, -62:-2], 150)
    np.testing.assert_array_equal(preview[74:, -62:-2], 255)
    assert preview[:, :-64].min() < 100  # the names


def test_wide_sample_grids_are_made_smaller(tmp_path: Path) -> None:
    (tmp_path / "sample_grids").mkdir()
    write_png(tmp_path / "sample_grids" / "parts_step_00000001.png", np.zeros((100, 2_400, 3), np.uint8))
    preview = last_sample_grids([Variant("", str(tmp_path))])
    assert preview is not None
    assert preview.shape[0] == 50 + 4
    assert (preview[2:52, -1202:-2] == 0).all()
