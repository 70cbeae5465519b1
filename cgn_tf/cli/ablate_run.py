"""What the ablation command does once its command line is right."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path

from cgn_tf.cli.child_command import run_child
from cgn_tf.config.ablate import AblateConfig, Variant
from cgn_tf.durable import write_atomically
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.ablation import Row, as_json, as_markdown, last_sheets, read_row
from cgn_tf.render.png import write_png


class TrainingError(CommandError):
    """A run that ended early; the code is that of its process."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def ablate(config: AblateConfig, variants: Sequence[Variant], train_flags: Sequence[str]) -> None:
    """Trains each variant that is not finished, and writes tables and pictures of all.

    Raises:
        CommandError: the directory is that of a run, a run ended early, or a run left no figures; or the tables
            cannot be written.
    """
    if (Path(config.workdir) / "config.json").exists():
        raise CommandError(f"{config.workdir}: expected a directory of runs, got that of one; choose another.")
    for i, variant in enumerate(variants, start=1):
        print(f"run {i} of {len(variants)}, {variant.name}: {variant.workdir}", flush=True)
        # a finished run says so and ends; whether it is finished, and of these flags, only it can tell
        code = run_child("train", [*train_flags, *variant.flags])
        if code:
            stopped = code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
            advice = "the same command goes on there" if stopped else "see above; the same command then goes on there"
            raise TrainingError(
                f"run {i} of {len(variants)}, {variant.name}: {'stopped' if stopped else 'failed'} with exit code "
                f"{code}; {advice}.",
                code,
            )
    rows = [read_row(variant) for variant in variants]
    output = Path(config.output or config.workdir)
    try:
        _write(output, rows, train_flags)
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another --output.") from error


def _write(output: Path, rows: Sequence[Row], train_flags: Sequence[str]) -> None:
    output.mkdir(parents=True, exist_ok=True)
    table = as_markdown(rows, shlex.join(train_flags))
    figures = {"train_flags": list(train_flags)} | as_json(rows)
    write_atomically(output / "ablation.json", (json.dumps(figures, indent=2, allow_nan=False) + "\n").encode())
    write_atomically(output / "ablation.md", table.encode())
    print(table)
    written = ["ablation.json", "ablation.md"]
    preview = last_sheets([row.variant for row in rows])
    if preview is not None:
        write_png(output / "preview.png", preview)
        written.append("preview.png")
    print(f"{output}: wrote {', '.join(written)}.")
