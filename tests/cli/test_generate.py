from __future__ import annotations

import csv
import json
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.types import Triplet
from tests.programs import Program

IN_ORDER = tfds.ReadConfig(interleave_cycle_length=1)
# Batches of 10 images, files of 30: the last batch is cut and the last file short.
SMALL = ["--num_images=103", "--images_per_mask=5", "--shapes_per_batch=2", "--batches_per_file=3"]


def made(model: Path, output: Path, *flags: str, code: int = 0) -> Path:
    assert run_cli("generate", [f"--model={model}", f"--output_dir={output}", *SMALL, *flags]) == code
    return output


def contents(directory: Path) -> dict[str, bytes]:
    """Every file of a data set but those that tell where it lies and of which model."""
    paths = (path for path in directory.rglob("*") if path.is_file())
    files = {str(path.relative_to(directory)): path.read_bytes() for path in paths}
    return {name: content for name, content in files.items() if name not in ("README.md", "config.json")}


@pytest.fixture(scope="module")
def whole(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set in one go."""
    return made(untrained, tmp_path_factory.mktemp("generate") / "whole")


def test_tfds_reads_it(whole: Path, untrained: Path) -> None:
    builder = tfds.builder_from_directory(str(whole))
    assert builder.info.splits["train"].num_examples == 103
    assert builder.info.splits["train"].shard_lengths == [30, 30, 30, 13]
    assert builder.info.features["shape_label"].names == list("0123456789")
    examples = list(builder.as_dataset(split="train", read_config=IN_ORDER).as_numpy_iterator())
    cgn = checkpoints.load(untrained)
    assert isinstance(cgn, CGN)
    counterfactuals = Counterfactuals(cgn, seed=0, shapes=2, images_per_mask=5)
    for index in (0, 7, 10):
        parts, labels = counterfactuals(index)
        images = parts["image"]
        for row, example in enumerate(examples[index * 10 : index * 10 + 10]):
            np.testing.assert_array_equal(example["image"], images[row])
            assert example["image"].dtype == np.uint8
            found = [example[f"{factor}_label"] for factor in labels._fields]
            assert found == [int(factor[row]) for factor in labels]
    image, label = next(iter(builder.as_dataset(split="train", as_supervised=True, read_config=IN_ORDER)))
    assert (image.shape, int(label)) == ((32, 32, 3), int(counterfactuals(0)[1].shape[0]))


def test_the_card_says_how_it_was_made(whole: Path, untrained: Path) -> None:
    card = (whole / "README.md").read_text()
    weights = (untrained / "step_00000012" / "model.safetensors").read_bytes()
    digest = checkpoints.manifest.FileRecord.of(weights).sha256
    for part in (str(untrained), "step 12", digest, "| seed | 0 |", "--num_images=103", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"):
        assert part in card
    assert "The last mask has only 3." in card
    assert max(map(len, card.splitlines())) <= 120
    preview = tf.io.decode_png((whole / "preview.png").read_bytes()).numpy()
    assert preview.std() > 20


def test_the_command_of_the_card_makes_the_same(whole: Path, tmp_path: Path) -> None:
    command = (whole / "README.md").read_text().split("```sh\npython tools/generate.py ")[1].split("```")[0]
    flags = [flag.replace(str(whole), str(tmp_path / "again")) for flag in shlex.split(command.replace("\\\n", ""))]
    assert run_cli("generate", flags) == 0
    assert contents(tmp_path / "again") == contents(whole)


def test_another_seed_makes_other_images(whole: Path, untrained: Path, tmp_path: Path) -> None:
    other = contents(made(untrained, tmp_path / "other", "--seed=1"))
    assert not any(other[name] == content for name, content in contents(whole).items() if "tfrecord" in name)


def test_shards_make_the_same(whole: Path, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared = tmp_path / "shared"
    for shard in (2, 0, 1):
        assert not (shared / "dataset_info.json").exists()
        made(untrained, shared, f"--shard_index={shard}", "--num_shards=3")
        assert ("files are still missing" in capsys.readouterr().out) == (shard != 1)
    assert contents(shared) == contents(whole)


def test_shards_of_two_machines_are_put_together(whole: Path, untrained: Path, tmp_path: Path) -> None:
    one, other = (
        made(untrained, tmp_path / name, f"--shard_index={shard}", "--num_shards=2")
        for shard, name in enumerate(("one", "other"))
    )
    shutil.copytree(other, one, dirs_exist_ok=True)
    made(untrained, one)
    assert contents(one) == contents(whole)


def test_a_finished_data_set_is_left_alone(whole: Path, untrained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.iterdir()}
    made(untrained, whole)
    assert "all 103 images are there; nothing to do" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in whole.iterdir()} == before


def test_png_files_with_their_labels(whole: Path, untrained: Path, tmp_path: Path) -> None:
    output = tmp_path / "png"
    shutil.copytree(whole, output)
    made(untrained, output, "--png")  # also afterwards
    with (output / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    examples = (
        tfds.builder_from_directory(str(output)).as_dataset(split="train", read_config=IN_ORDER).as_numpy_iterator()
    )
    for row, example in zip(rows, examples, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png((output / row["path"]).read_bytes()), example["image"])
        labels = [int(row[factor]) for factor in ("shape", "texture", "background")]
        assert labels == [example[f"{factor}_label"] for factor in ("shape", "texture", "background")]
    assert contents(made(untrained, tmp_path / "at_once", "--png")) == contents(output)
    shutil.rmtree(output / "png" / "00001")
    assert contents(made(untrained, output, "--png")) == contents(tmp_path / "at_once"), "made again"


def test_masks_and_fixed_classes_of_digits(untrained: Path, tmp_path: Path) -> None:
    flags = "--mode=fixed_classes", "--classes=3,7,1", "--outputs=image,mask,premask", "--png"
    output = made(untrained, tmp_path / "fixed", *flags)
    builder = tfds.builder_from_directory(str(output))
    assert builder.info.features["mask"].shape == (32, 32, 1)
    examples = list(builder.as_dataset(split="train", read_config=IN_ORDER).as_numpy_iterator())
    cgn = checkpoints.load(untrained)
    assert isinstance(cgn, CGN)
    batches = Counterfactuals(
        cgn, seed=0, shapes=2, images_per_mask=5, classes=Triplet((3,), (7,), (1,)), outputs=("image", "mask")
    )
    parts, _ = batches(4)
    for row, example in enumerate(examples[40:50]):
        np.testing.assert_array_equal(example["image"], parts["image"][row])
        np.testing.assert_array_equal(example["mask"], parts["mask"][row])
        assert [example[f"{factor}_label"] for factor in Triplet._fields] == [3, 7, 1]
    assert sorted(path.name for path in (output / "png" / "00003").iterdir())[-3:] == [
        "00000102.png", "00000102_mask.png", "00000102_premask.png",
    ]  # fmt: skip
    card = (output / "README.md").read_text()
    assert "| labels are drawn from | shape 3, texture 7, background 1 |" in card
    assert 'example["premask"]  # uint8 [32, 32, 1], 0 to 255 for -2 to 3' in card


def test_numbers_that_are_left_open_are_those_of_digits(untrained: Path, tmp_path: Path) -> None:
    assert run_cli("generate", [f"--model={untrained}", f"--output_dir={tmp_path / 'out'}", "--num_images=2"]) == 0
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    sizes = "images_per_mask", "shapes_per_batch", "batches_per_file"
    assert [config[name] for name in sizes] == [10, 50, 10]
    # said outright they are the same options
    flags = "--images_per_mask=10", "--shapes_per_batch=50", "--batches_per_file=10"
    assert (
        run_cli("generate", [f"--model={untrained}", f"--output_dir={tmp_path / 'out'}", "--num_images=2", *flags]) == 0
    )


def test_classes_that_digits_do_not_have(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(untrained, tmp_path / "out", "--mode=best_classes", code=1)
    assert "--mode=best_classes: expected a model of ImageNet's 1000 classes, got 10" in capsys.readouterr().err
    made(untrained, tmp_path / "out", "--mode=fixed_classes", "--classes=1,2,goldfish", code=1)
    assert "class 'goldfish': expected an index from 0 to 9" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_other_options_and_other_models_are_refused(
    whole: Path, untrained: Path, saved: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(whole)
    made(untrained, whole, "--seed=7", code=1)
    assert "another configuration (seed: 0 -> 7)" in capsys.readouterr().err
    keras.utils.set_random_seed(1)
    cgn = digit_cgn()
    cgn.build()
    made(saved(cgn, tmp_path / "cgn", 12).parent, whole, code=1)
    assert "model_sha256" in capsys.readouterr().err
    assert contents(whole) == before


def test_directories_of_something_else(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").touch()
    made(untrained, tmp_path, code=1)
    assert "expected a new or empty directory" in capsys.readouterr().err
    made(untrained, tmp_path / "thesis.tex", code=1)
    assert "expected a directory, got a file" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.tex"]


def test_a_damaged_file_is_named_and_made_again(
    whole: Path, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "damaged"
    shutil.copytree(whole, output)
    for name in ("dataset_info.json", "preview.png"):
        (output / name).unlink()
    record = output / "counterfactuals-train.tfrecord-00001-of-00004"
    record.write_bytes(record.read_bytes()[:-100])
    made(untrained, output, code=1)
    assert f"{record}: damaged" in capsys.readouterr().err
    record.unlink()
    made(untrained, output)
    assert contents(output) == contents(whole)


def test_wrong_command_lines(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("generate", ["--output_dir=x", "--seed=1"]) == 2
    assert "--model: expected the directory of a CGN" in capsys.readouterr().err
    assert run_cli("generate", [f"--model={tmp_path / 'none'}", f"--output_dir={tmp_path / 'out'}"]) == 1
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err


@pytest.mark.slow
def test_twenty_thousand_in_one_go_in_shards_and_killed(untrained: Path, tmp_path: Path) -> None:
    whole, shards, killed = tmp_path / "whole", tmp_path / "shards", tmp_path / "killed"
    flags = [f"--model={untrained}", "--num_images=20000", "--batches_per_file=4"]  # ten files

    def process(output: Path, *more: str, anew: bool = False) -> Program:
        return Program("tools/generate.py", *flags, f"--output_dir={output}", *more, anew=anew)

    one = process(whole, anew=True)
    parts = [process(shards, f"--shard_index={shard}", "--num_shards=4") for shard in range(4)]
    for running in (one, *parts):
        running.end()
    for count in (1, 6):  # twice
        running = process(killed)
        while len(list(killed.glob("counterfactuals-*"))) < count:
            assert running.returncode is None
            time.sleep(0.005)
        running.kill()
        assert not (killed / "dataset_info.json").exists()
    done = {path: path.stat().st_mtime_ns for path in killed.glob("counterfactuals-*")}
    process(killed).end()
    assert all(path.stat().st_mtime_ns == time_ns for path, time_ns in done.items())  # what was there stays
    assert contents(whole) == contents(shards) == contents(killed)
    metadata = json.loads((whole / "dataset_info.json").read_text())
    assert metadata["splits"][0]["shardLengths"] == ["2000"] * 10
