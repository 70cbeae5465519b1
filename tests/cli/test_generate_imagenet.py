"""The command on a small CGN of BigGAN-deep and U²-Net, whose graph takes long to trace: each test shares it."""

from __future__ import annotations

import csv
import functools
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.datasets import class_names
from cgn_tf.errors import CommandError
from cgn_tf.generation import generate as generation
from cgn_tf.generation.class_choice import BEST_CLASSES
from cgn_tf.generation.config import PARTS
from cgn_tf.generation.counterfactuals import Counterfactuals
from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet
from tests.programs import Program

IN_ORDER = tfds.ReadConfig(interleave_cycle_length=1)
CLASSES = ("n01440764", "1", "978")
# Batches of one image, which is the default, and files of two: the last file is short.
SMALL = ["--num_images=5", "--batches_per_file=2", "--truncation=0.5", f"--outputs={','.join(PARTS)}", "--png"]


def fixed(classes: tuple[str, ...]) -> list[str]:
    return [*SMALL, "--mode=fixed_classes", f"--classes={','.join(classes)}"]


def made(model: Path, output: Path, *flags: str, code: int = 0) -> Path:
    assert run_cli("generate", [f"--model={model}", f"--output_dir={output}", *flags]) == code
    return output


def contents(directory: Path) -> dict[str, bytes]:
    """Every file of a data set but those that tell where it lies and of which model."""
    paths = (path for path in directory.rglob("*") if path.is_file())
    files = {str(path.relative_to(directory)): path.read_bytes() for path in paths}
    return {name: content for name, content in files.items() if name not in ("README.md", "config.json")}


def examples(directory: Path) -> list[dict[str, Any]]:
    builder = tfds.builder_from_directory(str(directory))
    return list(builder.as_dataset(split="train", read_config=IN_ORDER).as_numpy_iterator())


@pytest.fixture(scope="module")
def model(
    small_imagenet_cgn: Path, small_imagenet_folded: CGN, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The CGN's directory. It is neither read nor folded anew, nor traced anew for options that it was traced for."""
    checkpoint = checkpoints.read(small_imagenet_cgn / "step_00000003")
    origin = checkpoints.CheckpointSource(checkpoint.path, 3, checkpoint.files["model.safetensors"].sha256)

    @functools.cache
    def traced(**options: Any) -> Counterfactuals:
        return Counterfactuals(small_imagenet_folded, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "load_with_source", lambda directory: (small_imagenet_folded, origin))
        patch.setattr(generation, "Counterfactuals", lambda cgn, **options: traced(**options))
        patch.setattr(class_names, "KERAS_INDEX", tmp_path_factory.mktemp("keras") / "none.json")
        yield small_imagenet_cgn


@pytest.fixture(scope="module")
def whole(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set in one go."""
    return made(model, tmp_path_factory.mktemp("imagenet") / "whole", *fixed(CLASSES))


class LabelsOnly(Counterfactuals):
    """The same labels without the networks: all parts are black."""

    def _generate(self, index: Any) -> tuple[dict[str, Any], Triplet[Any]]:
        labels = self.draws(index).labels
        shape = (self.batch_size, self.cgn.image_size, self.cgn.image_size)
        parts = {name: tf.zeros((*shape, 1 if name == "mask" else 3), tf.uint8) for name in self.outputs}
        return parts, labels._replace(shape=tf.repeat(labels.shape, self.images_per_mask))


@pytest.fixture
def labels_only(model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The CGN's directory, when its images do not matter."""
    monkeypatch.setattr(generation, "Counterfactuals", LabelsOnly)
    return model


def test_tfds_reads_every_part(whole: Path, small_imagenet_folded: CGN) -> None:
    builder = tfds.builder_from_directory(str(whole))
    assert builder.info.splits["train"].shard_lengths == [2, 2, 1]
    shapes = {name: builder.info.features[name].shape for name in PARTS}
    assert shapes == {**dict.fromkeys(PARTS, (128, 128, 3)), "mask": (128, 128, 1)}
    names = builder.info.features["shape_label"].names
    assert (len(names), names[0], names[999]) == (1000, "n01440764", "n15075141")
    found = examples(whole)[3]
    assert [found[f"{factor}_label"] for factor in Triplet._fields] == [0, 1, 978]

    batches = Counterfactuals(small_imagenet_folded, seed=0, shapes=1, images_per_mask=1, truncation=0.5)
    noise = np.repeat(batches.draws(tf.constant(3, tf.int64)).noise.shape, 2, axis=0)
    composite = small_imagenet_folded(
        noise, Triplet([0, 0], [1, 1], [978, 978]), truncation=np.array([0.5, 1.0], np.float32)
    )
    scaled = {
        "image": composite.image / 2 + 0.5,
        "mask": composite.mask,
        "premask": composite.premask / 2 + 0.5,
        "foreground": composite.foreground / 2 + 0.5,
        "background": composite.background / 2 + 0.5,
    }
    for name, part in scaled.items():
        assert np.abs(found[name] / 255 - np.asarray(part[0])).max() < 0.6 / 255, name
        assert np.std(found[name]) > 10, name
    # the statistics of another truncation make another image, so the comparison tells them apart
    assert np.abs(composite.image[0] - composite.image[1]).max() > 0.1


def test_pngs_of_every_part_are_those_of_the_records(whole: Path) -> None:
    with (whole / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [f"png/{i // 2:05d}/{i:08d}.png" for i in range(5)]
    assert [[row[factor] for factor in Triplet._fields] for row in rows] == [["0", "1", "978"]] * 5
    for row, example in zip(rows, examples(whole), strict=True):
        for name in PARTS:
            path = row["path"] if name == "image" else row["path"].replace(".png", f"_{name}.png")
            png = tf.io.decode_png((whole / path).read_bytes()).numpy()
            np.testing.assert_array_equal(png, example[name])
    assert len(list((whole / "png").rglob("*.png"))) == 25


def test_the_card_says_what_is_in_it(whole: Path) -> None:
    card = (whole / "README.md").read_text()
    for part in (
        "5 images, 128×128, with labels",
        "| classes, of all three labels | 1,000 |",
        "| labels are drawn from | shape n01440764, texture 1, background 978 |",
        "one image has",
        "The noise of a shape is also that of its textures and backgrounds.",
        "All noise is multiplied by 0.5.",
        "Noise is cut at two standard deviations.",
        "The batch norms use the statistics of truncation 0.5.",
        'example["image"]  # uint8 [128, 128, 3], 0 to 255 for -1 to 1',
        'example["mask"]  # uint8 [128, 128, 1], 0 to 255 for 0 to 1',
        'example["premask"]  # uint8 [128, 128, 3], 0 to 255 for -1 to 1',
        "step 3",
    ):
        assert part in card
    assert "shifted" not in card
    assert max(len(line) for line in card.splitlines() if "/" not in line) <= 120  # but for paths


def test_numbers_that_are_left_open_are_those_of_large_images(labels_only: Path, tmp_path: Path) -> None:
    config = json.loads((made(labels_only, tmp_path, "--num_images=2") / "config.json").read_text())
    sizes = "images_per_mask", "shapes_per_batch", "batches_per_file"
    assert [config[name] for name in sizes] == [1, 1, 100]


def test_the_command_of_the_card_makes_the_same(whole: Path, model: Path, tmp_path: Path) -> None:
    command = (whole / "README.md").read_text().split("```sh\npython tools/generate.py ")[1].split("```")[0]
    flags = [flag.replace(str(whole), str(tmp_path / "again")) for flag in shlex.split(command.replace("\\\n", ""))]
    assert "--classes=n01440764,1,978" in flags
    assert run_cli("generate", flags) == 0
    assert contents(tmp_path / "again") == contents(whole)


def test_shards_make_the_same(whole: Path, model: Path, tmp_path: Path) -> None:
    for shard in (1, 0):
        assert not (tmp_path / "dataset_info.json").exists()
        made(model, tmp_path, *fixed(CLASSES), f"--shard_index={shard}", "--num_shards=2")
    assert contents(tmp_path) == contents(whole)


def test_an_interrupted_run_goes_on_with_the_next_file(
    whole: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = vars(generation)["Counterfactuals"]

    def interrupted(cgn: CGN, **options: Any) -> Any:
        def batch(index: int) -> Any:
            if index == 3:  # in the middle of the second file
                raise CommandError("the power is off")
            return real(cgn, **options)(index)

        return batch

    with monkeypatch.context() as patch:
        patch.setattr(generation, "Counterfactuals", interrupted)
        made(model, tmp_path, *fixed(CLASSES), code=1)
    (record,) = tmp_path.glob("counterfactuals-*")
    assert record.name.endswith("00000-of-00003")
    written = record.stat().st_mtime_ns
    made(model, tmp_path, *fixed(CLASSES))
    assert record.stat().st_mtime_ns == written
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("mode", ["random", "best_classes"])
def test_labels_of_a_mode(mode: str, labels_only: Path, tmp_path: Path) -> None:
    made(labels_only, tmp_path, "--num_images=600", f"--mode={mode}", "--shapes_per_batch=60")
    found = Triplet(*zip(*([one[f"{f}_label"] for f in Triplet._fields] for one in examples(tmp_path)), strict=True))
    choices = BEST_CLASSES if mode == "best_classes" else Triplet.same(tuple(range(1000)))
    for labels, choice in zip(found, choices, strict=True):
        assert set(labels) <= set(choice)
        # of n draws from k classes a share of exp(-n/k) is missed: none of the best ones, half of all
        assert len(set(labels)) > 0.4 * len(choice)
    words = {"random": "all classes", "best_classes": "the paper's best classes of each factor"}[mode]
    assert f"| labels are drawn from | {words} |" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--texture_noise=3", "--texture_noise: expected 1, got 3: this CGN is not one of digits"),
        ("--truncation=1.5", "--truncation: expected at most 1, got 1.5"),
    ],
)
def test_noise_that_is_not_for_it_is_refused(
    flag: str, message: str, labels_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = made(labels_only, tmp_path / "out", flag, code=1)
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_classes_by_names_of_a_file(labels_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\n".join(["Great White Shark", *(f"class {i}" for i in range(1, 1000))]))
    flags = ["--num_images=1", "--mode=fixed_classes", f"--class_names={names}"]
    made(labels_only, tmp_path / "out", *flags, "--classes=great_white_shark,class 7,n02009229")
    (found,) = examples(tmp_path / "out")
    assert [found[f"{factor}_label"] for factor in Triplet._fields] == [0, 7, 131]
    made(labels_only, tmp_path / "no", *flags, "--classes=great_wide_shark,7,131", code=1)
    error = capsys.readouterr().err
    assert "class 'great_wide_shark': expected an index from 0 to 999, a WordNet id or a name; did you mean " in error
    assert "great white shark" in error
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("factor", "changed"),
    [
        ("shape", {"mask", "premask", "image"}),
        ("texture", {"foreground", "image"}),
        ("background", {"background", "image"}),
    ],
)
def test_another_class_of_a_factor_leaves_the_other_parts_as_they_are(
    factor: str, changed: set[str], whole: Path, model: Path, tmp_path: Path
) -> None:
    classes = Triplet(*CLASSES)._replace(**{factor: "293"})
    made(model, tmp_path, *fixed(classes), "--batches_per_file=2")
    for path in sorted((whole / "png").rglob("*.png")):
        part = path.stem.partition("_")[2] or "image"
        same = path.read_bytes() == (tmp_path / path.relative_to(whole)).read_bytes()
        assert same == (part not in changed), path.name
    for one, other in zip(examples(whole), examples(tmp_path), strict=True):
        assert {name for name in PARTS if not np.array_equal(one[name], other[name])} == changed


def test_the_tool_itself_makes_the_same(whole: Path, small_imagenet_cgn: Path, tmp_path: Path) -> None:
    flags = [f"--model={small_imagenet_cgn}", f"--output_dir={tmp_path / 'again'}", *fixed(CLASSES)]
    Program("tools/generate.py", *flags).end()
    again = contents(tmp_path / "again")
    # the captions of the preview are names where Keras has its list at hand
    assert {**again, "preview.png": b""} == {**contents(whole), "preview.png": b""}
