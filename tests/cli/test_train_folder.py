"""Training on a folder of images by the ordinary command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cgn_tf
from cgn_tf import checkpoints
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.cli.app import run
from tests.datasets.image_folder import write_folder, write_image

FLAGS = (
    "--dataset=folder", "--batch_size=4", "--log_every=1", "--nodeterministic", "--validation_share=0",
    "--test_share=0",
)  # fmt: skip


def test_a_run_goes_on_with_the_same_images_wherever_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path / "photos", {"Bär": 6, "big cat": 6, "dog": 6})
    workdir = tmp_path / "run"
    flags = [*FLAGS, f"--workdir={workdir}", "--steps=1"]
    code, err = run("train", [*flags, f"--data_dir={tmp_path / 'photos'}"]), capsys.readouterr().err
    assert code == 0, err
    assert "folder (3 classes: Bär, big cat, dog): 1 steps of 4 images, seed 0, on one " in err
    config = json.loads((workdir / "config.json").read_text())
    assert config["class_names"] == ["Bär", "big cat", "dog"]
    assert recorded_class_names(checkpoints.load_with_source(workdir)[1].config) == ("Bär", "big cat", "dog")
    assert (cgn_tf.load(workdir).num_classes, cgn_tf.load(workdir).image_size) == (3, 32)

    (tmp_path / "photos").rename(tmp_path / "moved")
    flags += [f"--data_dir={tmp_path / 'moved'}"]
    assert run("train", flags) == 0, capsys.readouterr().err
    assert "all 1 steps are done" in capsys.readouterr().out
    write_image(tmp_path / "moved" / "dog" / "new.jpg")
    assert run("train", flags) == 1
    assert f"--data_dir={tmp_path / 'moved'} holds other data than {tmp_path / 'moved'}" in capsys.readouterr().err


def test_files_that_cannot_be_read_are_refused_or_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path / "photos", {"cat": 6, "dog": 6})
    (tmp_path / "photos" / "cat" / "broken.png").symlink_to("nowhere")
    flags = [*FLAGS, f"--workdir={tmp_path / 'run'}", f"--data_dir={tmp_path / 'photos'}"]
    assert run("train", [*flags, "--steps=1"]) == 1
    message = (
        "a file is no image that can be used: cat/broken.png (it cannot be read: No such file or directory); remove"
    )
    assert message in capsys.readouterr().err
    for steps in (1, 2):  # the second one goes on
        with pytest.warns(UserWarning, match=r"cat/broken\.png \(it cannot be read: No such .*\); skipped\.$"):
            assert run("train", [*flags, f"--steps={steps}", "--bad_images=skip"]) == 0, capsys.readouterr().err
    assert "goes on from step 1; options" in capsys.readouterr().err
    write_image(tmp_path / "photos" / "dog" / "6.jpg")
    (tmp_path / "photos" / "dog" / "6.jpg").rename(tmp_path / "photos" / "cat" / "nowhere")
    assert run("train", [*flags, "--steps=3", "--bad_images=skip"]) == 1
    assert "holds other data than" in capsys.readouterr().err


def test_what_is_wrong_with_a_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path, {"cat": 2, "dog": 2})
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    flags = [*FLAGS, f"--data_dir={tmp_path}", "--dry_run"]
    for more, message in (
        ([], "or set --bad_images=skip to go on without."),
        (["--digits=sklearn"], "--digits: no chosen part reads it"),
        (["--alpha_colour=1,2"], "--alpha_colour: expected red,green,blue, 255,255,255 for example, got 2 numbers."),
        (["--image_size=48"], "--image_size: expected one of 32, 64, got 48"),
        (["--data_dir="], "--data_dir: expected a folder of images for each class, got no directory"),
        (["--data_dir=/nowhere"], "/nowhere: expected a folder of images for each class, and there is no such"),
    ):
        assert run("train", [*flags, *more]) in (1, 2)
        assert message in capsys.readouterr().err
    with pytest.warns(UserWarning, match=r"a file is no image .*; skipped\.$"):
        assert run("train", [*flags, "--bad_images=skip"]) == 0


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({"cat": 9}, "expected at least two classes to tell apart, got one."),
        ({"cat": 2, "dog": 2}, "expected images for test, got none: of 4 images a --test_share of 0 is none; add"),
    ],
)
def test_a_classifier_that_could_not_be_tested_is_not_trained(
    classes: dict[str, int], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, workdir = write_folder(tmp_path / "photos", classes), tmp_path / "run"
    flags = ["--dataset=folder", "--training_data=original", "--batch_size=2", "--steps=1", "--nodeterministic"]
    more = [f"--data_dir={photos}", "--test_share=0", f"--workdir={workdir}"]
    assert run("train_classifier", [*flags, *more]) == 1
    assert message in capsys.readouterr().err
    assert not workdir.exists()
