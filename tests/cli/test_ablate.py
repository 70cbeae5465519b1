from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import ConfigError
from cgn_tf.experiments import ablate as ablate_run
from cgn_tf.experiments.ablate_config import AblateConfig
from cgn_tf.experiments.ablation_plan import plan
from cgn_tf.options.command_line import parse
from cgn_tf.render.png import write_png
from tests.evaluation.tiny_network import tiny_network
from tests.programs import run_forked

TRAIN = ["--digits=sklearn", "--steps=6"]
"""Of these losses only `shape` has weight."""
MORE = [*TRAIN, "--reconstruction_weight=2", "--features=squeezenet", "--texture_weights=0,1,1,0"]
"""Of these all but `bg`."""


class Trainings:
    """Stands for the training command: leaves what it leaves, and ends with the codes that it was told."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.codes: dict[int, int] = {}

    def __call__(self, command: str, arguments: Sequence[str]) -> int:
        assert command == "train"
        self.calls.append(list(arguments))
        number = len(self.calls)
        if number in self.codes:
            return self.codes[number]
        workdir = [Path(flag.removeprefix("--workdir=")) for flag in arguments if flag.startswith("--workdir=")][-1]
        (workdir / "sample_grids").mkdir(parents=True, exist_ok=True)
        write_png(workdir / "sample_grids" / "parts_step_00000006.png", np.full((8, 8, 3), number, np.uint8))
        writer = tf.summary.create_file_writer(str(workdir / "tensorboard"))
        for step in (3, 6):
            with writer.as_default(step=step):
                tf.summary.scalar("mask/mean", number / 8 + step)
                tf.summary.scalar("raw/adversarial", 2.0 * step)
        writer.close()
        return 0


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    fake = Trainings()
    monkeypatch.setattr(ablate_run, "run_child", fake)
    return fake


def error(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    assert run_cli("ablate", arguments) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err.rstrip()


def test_all_and_each_without_one(trainings: Trainings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("ablate", [f"--workdir={tmp_path}", *MORE]) == 0
    assert trainings.calls == [
        [*MORE, f"--workdir={tmp_path}/all"],
        [*MORE, f"--workdir={tmp_path}/without_rec", "--without=rec"],
        [*MORE, f"--workdir={tmp_path}/without_shape", "--without=shape"],
        [*MORE, f"--workdir={tmp_path}/without_text", "--without=text"],
    ]
    figures = json.loads((tmp_path / "ablation.json").read_text())
    assert figures["train_flags"] == MORE
    assert [(row["name"], row["mask_mean"]) for row in figures["variants"]] == [
        ("all", {"start": 3.125, "end": 6.125}),
        ("without rec", {"start": 3.25, "end": 6.25}),
        ("without shape", {"start": 3.375, "end": 6.375}),
        ("without text", {"start": 3.5, "end": 6.5}),
    ]
    assert figures["variants"][3]["raw"] == {"adversarial": {"start": 6.0, "end": 12.0}}
    table = (tmp_path / "ablation.md").read_text()
    assert "| without text | 3 → 6 | 3.5 → 6.5 | 6 → 12 | 198.4 | 0.9 |" in table
    out = capsys.readouterr().out
    assert table in out
    assert f"run 2 of 4, without rec: {tmp_path}/without_rec" in out
    assert f"{tmp_path}: wrote ablation.json, ablation.md, preview.png." in out
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "ablation.json", "ablation.md", "preview.png",
    ]  # fmt: skip


def test_some_losses_and_another_place(trainings: Trainings, tmp_path: Path) -> None:
    output = tmp_path / "new" / "tables"
    own = ["--workdir", str(tmp_path / "runs"), "--without=text,rec", f"--output={output}"]
    assert run_cli("ablate", [*own, "--", *MORE]) == 0
    assert [call[len(MORE) + 1 :] for call in trainings.calls] == [[], ["--without=text"], ["--without=rec"]]
    assert len(list(output.iterdir())) == 3


def test_a_training_of_defaults_is_begun(trainings: Trainings, tmp_path: Path) -> None:
    assert run_cli("ablate", [f"--workdir={tmp_path}", "--without=shape"]) == 0
    assert trainings.calls[0] == ["--without=", f"--workdir={tmp_path}/all"], "the directory alone begins no run"
    assert parse(TrainConfig, trainings.calls[0]) == parse(TrainConfig, trainings.calls[0][1:])


def test_files_of_flags_are_read_once_and_name_no_directory(trainings: Trainings, tmp_path: Path) -> None:
    file = tmp_path / "a.flags"
    file.write_text("# digits\n" + "\n".join([*TRAIN, "--workdir=elsewhere"]))
    assert run_cli("ablate", [f"--flagfile={file}", "--seed=3", f"--workdir={tmp_path / 'runs'}"]) == 0
    assert trainings.calls[0] == [*TRAIN, "--workdir=elsewhere", "--seed=3", f"--workdir={tmp_path}/runs/all"]


def test_the_first_run_that_fails_ends_it(
    trainings: Trainings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for code, word, advice in (
        (1, "failed", "see above; the same command then goes on there"),
        (143, "stopped", "the same command goes on there"),
        (130, "stopped", "the same command goes on there"),
    ):
        trainings.calls.clear()
        trainings.codes = {2: code}
        assert error(capsys, code, f"--workdir={tmp_path}", *MORE) == (
            f"error: run 2 of 4, without rec: {word} with exit code {code}; {advice}."
        )
        assert len(trainings.calls) == 2
        assert not (tmp_path / "ablation.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--workdir: expected a directory for the runs, got none; for example --workdir=runs/ablation."),
        (["--workdir=a", "--stps=3"], "unknown flag --stps; did you mean --steps?"),
        (["--workdir=a", "--steps=0"], "--steps: expected a whole number, at least 1, got 0."),
        (["--workdir=a", "--without=mask"], "--without: expected one or several, comma separated, of rec, shape, "
         "text, bg, got ('mask',)."),
        (["--workdir=a", "--without=shape,shape"], "--without: expected each loss once, got shape,shape."),
        (["--workdir=a", "--without=shape,bg"], "--without: the train flags give bg no weight, so that nothing would "
         "change; expected losses of these: shape."),
        (["--workdir=a", "--binary_entropy_weight=0"], "--without: the train flags give these losses no weight, so "
         "that nothing would change; expected losses of these: none."),
        (["--workdir=a", "--dry_run"], "--dry_run: an ablation compares runs, and it makes none; use train.py "
         "--dry_run."),
        (["--workdir"], "Missing value for flag --workdir; give it as --name=value."),
    ],
)  # fmt: skip
def test_wrong_command_lines_train_nothing(
    trainings: Trainings, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert error(capsys, 2, *arguments) == f"error: {message}"
    assert trainings.calls == []


def test_losses_that_a_file_switches_off() -> None:
    with pytest.raises(ConfigError, match=r"^`without=rec` in a file of flags: the first run has every loss; "):
        plan(AblateConfig(workdir="a"), [*MORE, "--without=rec"])


def test_directories_that_will_not_do(trainings: Trainings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert error(capsys, 1, f"--workdir={tmp_path / 'runs'}", f"--output={tmp_path / 'file'}", *TRAIN) == (
        f"error: {tmp_path / 'file'}: expected a directory, got a file; choose another --output."
    )
    trainings.calls.clear()
    (tmp_path / "config.json").write_text("{}")
    assert error(capsys, 1, f"--workdir={tmp_path}", *TRAIN) == (
        f"error: {tmp_path}: expected a directory of runs, got that of one; choose another."
    )
    assert trainings.calls == []


def test_help_is_of_this_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("ablate", ["--steps=3", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Trains with every loss")
    assert "--without=" in out
    assert "--batch_size" not in out


def test_every_run_is_scored(
    trainings: Trainings, tmp_path: Path, untrained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("all", "without_shape"):
        shutil.copytree(untrained, tmp_path / name / "checkpoints")
    (tmp_path / "weights").write_bytes(b"any")
    weights = f"--score_feature_weights={tmp_path / 'weights'}"
    own = [f"--workdir={tmp_path}", "--score_real=dataset", "--score_features=tiny"]
    with tiny_network():
        assert run_cli("ablate", [*own, weights, "--score_samples=20", *TRAIN]) == 0, capsys.readouterr().err
        figures = json.loads((tmp_path / "ablation.json").read_text())
        first, second = (variant["scores"] for variant in figures["variants"])
        assert first == second  # the checkpoints are the same
        assert (first["inception_name"], first["frechet_name"], first["samples"]) == ("IS(tiny)", "FID(tiny)", 20)
        assert first["frechet"] > 0.0
        assert first["real"] == "20 images of the train split of colored_mnist"
        assert "| IS(tiny) | FID(tiny) | paper: IS |" in (tmp_path / "ablation.md").read_text()
        reports = {path: path.stat().st_mtime_ns for path in tmp_path.glob("scores/*/report.json")}
        assert len(reports) == 2
        assert run_cli("ablate", [*own, weights, "--score_samples=20", *TRAIN]) == 0
        assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("scores/*/report.json")} == reports
        trainings.calls.clear()
        capsys.readouterr()
        assert error(capsys, 2, *own, *TRAIN).startswith("error: --score_feature_weights: expected a file of weights")
        assert error(capsys, 2, f"--workdir={tmp_path}", weights, *TRAIN).startswith("error: --score_real: expected a")
        assert "where there is nothing" in error(capsys, 1, *own, "--score_feature_weights=nowhere", *TRAIN)
        assert trainings.calls == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_trainings_and_the_same_command_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = [*TRAIN, "--batch_size=16", "--discriminator_width=8", "--log_every=3", "--sample_grid_every=6"]
    assert run_cli("ablate", [f"--workdir={tmp_path}", *flags]) == 0
    figures = json.loads((tmp_path / "ablation.json").read_text())
    full, without_shape = figures["variants"]
    assert set(full["raw"]) == {"adversarial", "binary_entropy"}
    assert set(without_shape["raw"]) == {"adversarial"}
    assert (full["start_step"], full["end_step"]) == (3, 6)
    assert 0.0 < full["mask_mean"]["end"] < 1.0
    assert (tmp_path / "preview.png").stat().st_size > 1_000
    capfd.readouterr()
    os.unlink(tmp_path / "ablation.json")
    monkeypatch.setattr(ablate_run, "run_child", run_forked)  # the first trainings are processes of the command's own
    assert run_cli("ablate", [f"--workdir={tmp_path}", *flags]) == 0
    assert capfd.readouterr().out.count("all 6 steps are done") == 2
    assert json.loads((tmp_path / "ablation.json").read_text()) == figures
