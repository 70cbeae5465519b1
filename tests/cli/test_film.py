from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.cli.app import run as run_cli
from cgn_tf.render import film_of_run
from cgn_tf.render.film import MARGIN
from cgn_tf.render.png import write_png

STEPS = (9, 100, 1_000, 20_000)


def sample_grid(step: int, name: str = "parts", width: int = 90) -> np.ndarray:
    """A picture of its own for each."""
    seed = step + len(name)
    return np.random.default_rng(seed).integers(256, size=(30, width, 3), dtype=np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with sample grids, and with what else may lie among them."""
    folder = tmp_path / "run" / "sample_grids"
    folder.mkdir(parents=True)
    (folder.parent / "config.json").write_text("{}")
    for name in ("parts", "counterfactuals"):
        for step in reversed(STEPS):
            write_png(folder / f"{name}_step_{step:08d}.png", sample_grid(step, name))
    (folder / ".parts_step_00000500.png.x1.tmp").write_bytes(b"half")
    (folder / "notes.txt").write_text("mine")
    return folder.parent


def pictures(path: Path) -> tuple[list[np.ndarray], list[int]]:
    frames, durations = [], []
    with Image.open(path) as opened:
        for i in range(opened.n_frames):
            opened.seek(i)
            frames.append(np.array(opened.convert("RGB")))
            durations.append(int(opened.info["duration"]))
    return frames, durations


def test_every_sample_grid_in_the_order_of_steps(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("film", [f"--workdir={run}"]) == 0
    frames, durations = pictures(run / "film.webp")
    assert durations == [200, 200, 200, 2_000]
    for frame, step in zip(frames, STEPS, strict=True):
        np.testing.assert_array_equal(frame[MARGIN:], sample_grid(step))
    titles = {frame[:MARGIN].tobytes() for frame in frames}
    assert len(titles) == 4
    out, err = capsys.readouterr()
    assert f"{run / 'film.webp'}: 4 frames" in out
    assert "4/4" in err
    assert sorted(path.name for path in run.iterdir()) == ["config.json", "film.webp", "sample_grids"]


def test_the_other_sample_grids_as_a_gif(run: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "a.gif"
    flags = ["--sample_grid=counterfactuals", f"--output={output}", "--frame_ms=50", "--last_frame_ms=300"]
    assert run_cli("film", [f"--workdir={run}", *flags]) == 0
    frames, durations = pictures(output)
    assert durations == [50, 50, 50, 300]
    for frame, step in zip(frames, STEPS, strict=True):
        difference = np.abs(frame[MARGIN:].astype(int) - sample_grid(step, "counterfactuals")).mean()
        assert difference < 20.0  # of noise, which has more colours than any palette; another sample grid is 85 away


def test_some_of_the_sample_grids_made_smaller(run: Path) -> None:
    write_png(run / "sample_grids" / "parts_step_00030000.png", sample_grid(30_000))
    write_png(run / "sample_grids" / "parts_step_00040000.png", sample_grid(40_000))
    assert run_cli("film", [f"--workdir={run}", "--every=2", "--max_width=64"]) == 0
    frames, durations = pictures(run / "film.webp")
    assert durations == [200, 200, 200, 2_000]  # steps 9, 1000, 30000, and 40000 as the last
    assert {frame.shape for frame in frames} == {(MARGIN + 21, 64, 3)}


def test_no_run_and_no_film(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def error(*flags: str) -> str:
        assert run_cli("film", flags) == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1
        return lines[0]

    nowhere = tmp_path / "none"
    assert error(f"--workdir={nowhere}") == (
        f"error: {nowhere}: expected the directory of a run, got none; give --workdir of tools/train.py."
    )
    folder = run / "sample_grids"
    for step in STEPS[1:]:
        (folder / f"parts_step_{step:08d}.png").unlink()
    few = (
        f"error: {folder}: expected two or more sample grids parts_step_*.png for a film, got {{}}; "
        "train on, or train with a smaller --sample_grid_every."
    )
    assert error(f"--workdir={run}") == few.format(1)
    (folder / "parts_step_00000009.png").unlink()
    assert error(f"--workdir={run}") == few.format(0)
    write_png(folder / "parts_step_00000001.png", sample_grid(1))
    other = folder / "parts_step_00000002.png"
    write_png(other, sample_grid(2, width=80))
    assert error(f"--workdir={run}") == (
        f"error: {other}: expected 90 × 30 pixels as in parts_step_00000001.png, got 80 × 30; "
        "remove the sample grids of one size."
    )
    other.write_bytes(b"no picture")
    assert error(f"--workdir={run}") == (
        f"error: {other}: expected a PNG, got a file without the head of a PNG; remove the file."
    )
    (tmp_path / "file").write_text("")
    flags = "--sample_grid=counterfactuals", f"--output={tmp_path / 'file' / 'a.webp'}"
    assert error(f"--workdir={run}", *flags).endswith("choose another --output.")
    assert not list(run.glob("*.webp"))


def test_wrong_command_lines_need_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("film", ["--workdir=a", "--output=a.mp4"]) == 2
    assert capsys.readouterr().err == ("error: --output: expected a name that ends in .webp or .gif, got a.mp4.\n")


def test_a_run_that_cannot_be_written_to_is_found_before_the_frames_are_read(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and allowed(path, mode))
    monkeypatch.setattr(film_of_run, "read_png", lambda path: pytest.fail("a frame was read"))
    assert run_cli("film", [f"--workdir={run}"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told == (f"error: {run / 'film.webp'}: cannot be written (no permission in {run}); choose another --output.")
