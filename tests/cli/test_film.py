from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.cli import film
from cgn_tf.render.film import MARGIN
from cgn_tf.render.png import write_png

STEPS = (9, 100, 1_000, 20_000)


def sheet(step: int, name: str = "parts", width: int = 90) -> np.ndarray:
    """A picture of its own for each."""
    seed = step + len(name)
    return np.random.default_rng(seed).integers(256, size=(30, width, 3), dtype=np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with sheets, and with what else may lie among them."""
    folder = tmp_path / "run" / "sheets"
    folder.mkdir(parents=True)
    (folder.parent / "config.json").write_text("{}")
    for name in ("parts", "counterfactuals"):
        for step in reversed(STEPS):
            write_png(folder / f"{name}_step_{step:08d}.png", sheet(step, name))
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


def test_every_sheet_in_the_order_of_steps(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert film.main([f"--workdir={run}"]) == 0
    frames, durations = pictures(run / "film.webp")
    assert durations == [200, 200, 200, 2_000]
    for frame, step in zip(frames, STEPS, strict=True):
        np.testing.assert_array_equal(frame[MARGIN:], sheet(step))
    titles = {frame[:MARGIN].tobytes() for frame in frames}
    assert len(titles) == 4
    out, err = capsys.readouterr()
    assert f"{run / 'film.webp'}: 4 frames" in out
    assert "4/4" in err
    assert sorted(path.name for path in run.iterdir()) == ["config.json", "film.webp", "sheets"]


def test_the_other_sheets_as_a_gif(run: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "a.gif"
    flags = ["--sheet=counterfactuals", f"--output={output}", "--frame_ms=50", "--last_frame_ms=300"]
    assert film.main([f"--workdir={run}", *flags]) == 0
    frames, durations = pictures(output)
    assert durations == [50, 50, 50, 300]
    for frame, step in zip(frames, STEPS, strict=True):
        difference = np.abs(frame[MARGIN:].astype(int) - sheet(step, "counterfactuals")).mean()
        assert difference < 20.0  # of noise, which has more colours than any palette; another sheet is 85 away


def test_some_of_the_sheets_made_smaller(run: Path) -> None:
    write_png(run / "sheets" / "parts_step_00030000.png", sheet(30_000))
    write_png(run / "sheets" / "parts_step_00040000.png", sheet(40_000))
    assert film.main([f"--workdir={run}", "--every=2", "--max_width=64"]) == 0
    frames, durations = pictures(run / "film.webp")
    assert durations == [200, 200, 200, 2_000]  # steps 9, 1000, 30000, and 40000 as the last
    assert {frame.shape for frame in frames} == {(MARGIN + 21, 64, 3)}


def test_no_run_and_no_film(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def error(*flags: str) -> str:
        assert film.main(flags) == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1
        return lines[0]

    nowhere = tmp_path / "none"
    assert error(f"--workdir={nowhere}") == (
        f"error: {nowhere}: expected the directory of a run, got none; give --workdir of tools/train.py."
    )
    folder = run / "sheets"
    for step in STEPS[1:]:
        (folder / f"parts_step_{step:08d}.png").unlink()
    few = (
        f"error: {folder}: expected two or more sheets parts_step_*.png for a film, got {{}}; "
        "train on, or train with a smaller --sheet_every."
    )
    assert error(f"--workdir={run}") == few.format(1)
    (folder / "parts_step_00000009.png").unlink()
    assert error(f"--workdir={run}") == few.format(0)
    write_png(folder / "parts_step_00000001.png", sheet(1))
    other = folder / "parts_step_00000002.png"
    write_png(other, sheet(2, width=80))
    assert error(f"--workdir={run}") == (
        f"error: {other}: expected 90 × 30 pixels as in parts_step_00000001.png, got 80 × 30; "
        "remove the sheets of one size."
    )
    other.write_bytes(b"no picture")
    assert error(f"--workdir={run}").startswith(f"error: {other}: expected a PNG, got other content (")
    (tmp_path / "file").write_text("")
    flags = "--sheet=counterfactuals", f"--output={tmp_path / 'file' / 'a.webp'}"
    assert error(f"--workdir={run}", *flags).endswith("choose another --output.")
    assert not list(run.glob("*.webp"))


def test_wrong_command_lines_need_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert film.main(["--workdir=a", "--output=a.mp4"]) == 2
    assert capsys.readouterr().err == ("error: --output: expected a name that ends in .webp or .gif, got a.mp4.\n")
