"""A disk that is full, for every command that writes: one line, and nothing half-written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.cli.app import run as run_cli
from cgn_tf.experiments import reproduce as reproduce_run
from cgn_tf.experiments.results_table import BEGIN, END
from tests.full_disk import full_disk

Arguments = Callable[[Path, Path], Sequence[str]]
DIGITS = ["--digits=sklearn"]
TINY = ["--flagfile=configs/quickstart.flags", "--steps=1", "--lr_decay_steps=0", "--batch_size=2"]


def film_of_two(place: Path, model: Path) -> list[str]:
    run = place / "run"
    (run / "sample_grids").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    random = np.random.default_rng(0)
    for step in (1, 2):
        pixels = random.integers(0, 256, (64, 64, 3), np.uint8)
        Image.fromarray(pixels).save(run / "sample_grids" / f"parts_step_{step:08d}.png")
    return [f"--workdir={run}", f"--output={place / 'out' / 'film.webp'}"]


# Name of the command → its arguments, of the place to write in, out/, and of a model.
COMMANDS: dict[str, Arguments] = {
    "train": lambda place, model: [*TINY, f"--workdir={place / 'out'}"],
    "train_classifier": lambda place, model: [*DIGITS, "--steps=1", f"--workdir={place / 'out'}"],
    "generate": lambda place, model: [f"--model={model}", f"--output_dir={place / 'out'}", "--num_images=10"],
    "evaluate": lambda place, model: [
        *DIGITS, f"--model={model}", f"--output={place / 'out' / 'figures.json'}", "--samples=10",
        "--mask_classifier_steps=1",
    ],
    "film": film_of_two,
    "export": lambda place, model: [f"--model={model}", f"--output_dir={place.parent / 'out'}"],
    "reproduce": lambda place, model: [
        "--methods=plain", "--seeds=0", *DIGITS, f"--workdir={place / 'out'}", f"--results={place / 'results'}",
    ],
}  # fmt: skip


# Bytes that are free: what is written first fails, or what comes later. TensorFlow itself writes small temporary files
# while it exports.
CASES = [
    *((command, 40) for command in COMMANDS if command != "export"),
    *((command, 4_000) for command in COMMANDS if command not in ("evaluate", "reproduce")),
]


@pytest.mark.parametrize(("command", "free"), CASES)
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    command: str,
    free: int,
    untrained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reproduce_run, "run_child", lambda command, arguments: 0)
    arguments = list(COMMANDS[command](tmp_path, untrained))
    with full_disk(free):
        code = run_cli(command, arguments)
    told = capsys.readouterr().err
    assert code == 1, told
    errors = [line for line in told.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, told
    assert "Traceback" not in told
    assert "File too large" in errors[0], errors
    output = (tmp_path.parent if command == "export" else tmp_path) / "out"
    left = {path.name for path in output.rglob("*") if path.is_file()}
    # what a directory belongs to and who has it may stand there, and a record of nothing; events are appended to
    left -= {".lock", "config.json", "stages.json"} | {name for name in left if name.startswith("events.out")}
    assert left == set()


def test_a_text_that_cannot_be_written_anew_is_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "README.md"
    before = f"text\n{BEGIN}\n{END}\n"
    document.write_text(before)
    with full_disk(100):
        assert run_cli("results_table", [f"--document={document}"]) == 1
    assert "File too large" in capsys.readouterr().err
    assert document.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
