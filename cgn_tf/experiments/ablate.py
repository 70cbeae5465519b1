"""Trains with every loss and with each switched off in turn, and tabulates."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.experiments.ablate_config import AblateConfig, Variant
from cgn_tf.experiments.ablation_report import Row, as_json, as_markdown, last_sample_grids, read_row
from cgn_tf.experiments.ablation_scores import check_scores, score_variant
from cgn_tf.experiments.child_command import check_exit, run_child
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.json_file import write_json
from cgn_tf.render.png import write_png

BEGINS = ["--without="]
"""Given where the flags of a training are its defaults: a directory alone goes on with a run, and begins none."""


def ablate(config: AblateConfig, variants: Sequence[Variant], train_flags: Sequence[str]) -> None:
    """Trains each variant that is not finished, and writes tables and pictures of all.

    Raises:
        CommandError: the directory is that of a run, a run ended early, or a run left no figures; the tables cannot be
            written; or there is nothing to score runs with.
    """
    if (Path(config.workdir) / "config.json").exists():
        raise CommandError(f"{config.workdir}: expected a directory of runs, got that of one; choose another.")
    scored = bool(config.scores.score_real)
    if scored:
        check_scores(config.scores, train_flags)
    for i, variant in enumerate(variants, start=1):
        print(f"run {i} of {len(variants)}, {variant.name}: {variant.workdir}", flush=True)
        # a finished run says so and ends; whether it is finished, and of these flags, only it can tell
        code = run_child("train", [*(train_flags or BEGINS), *variant.flags])
        check_exit(code, f"run {i} of {len(variants)}, {variant.name}:")
    rows = [read_row(variant) for variant in variants]
    output = Path(config.output or config.workdir)
    for i, row in enumerate(rows if scored else []):
        print(f"scoring {row.variant.name}: {row.variant.workdir}", flush=True)
        rows[i] = row._replace(scores=score_variant(row.variant.workdir, config.scores, train_flags, output))
    try:
        _write(output, rows, train_flags)
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another `output`.") from error


def _write(output: Path, rows: Sequence[Row], train_flags: Sequence[str]) -> None:
    output.mkdir(parents=True, exist_ok=True)
    table = as_markdown(rows, shlex.join(train_flags))
    figures = {"train_flags": list(train_flags)} | as_json(rows)
    write_json(output / "ablation.json", figures)
    write_atomically(output / "ablation.md", table.encode())
    print(table)
    written = ["ablation.json", "ablation.md"]
    preview = last_sample_grids([row.variant for row in rows])
    if preview is not None:
        write_png(output / "preview.png", preview)
        written.append("preview.png")
    print(f"{output}: wrote {', '.join(written)}.")
