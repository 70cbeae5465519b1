from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.generation import counterfactual_images
from cgn_tf.generation.counterfactual_images import CounterfactualFiles
from cgn_tf.generation.record_files import FilePlan, RecordFile, Records
from cgn_tf.types import Triplet

PLAN = FilePlan(num_images=23, batch_size=4, batches_per_file=2)


def written(
    directory: Path, seed: int = 0, size: int = 32, classes: int = 10
) -> tuple[np.ndarray, Triplet[np.ndarray]]:
    """Writes 23 random images into three files as the generate command does; returns them."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (23, size, size, 3), dtype=np.uint8)
    labels = Triplet(*(random.integers(0, classes, 23) for _ in range(3)))
    directory.mkdir()
    start = 0
    for number in range(PLAN.num_files):
        rows = slice(start, start + PLAN.length(number))
        file = RecordFile.begin(directory / PLAN.name(number))
        assert file is not None
        with file:
            file.write({"image": images[rows]}, Triplet(*(factor[rows] for factor in labels)))
            file.complete()
        start = rows.stop
    config = {
        "num_images": 23, "shapes_per_batch": 2, "images_per_mask": 2, "batches_per_file": 2,
        "seed": seed, "model_sha256": "abc",
    }  # fmt: skip
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "dataset_info.json").write_text("{}")
    return images, labels


def test_images_and_labels_in_order(tmp_path: Path) -> None:
    images, labels = written(tmp_path / "one")
    files = CounterfactualFiles([tmp_path / "one"], image_size=32, num_classes=10)
    counts: list[int] = []
    found = files.read(advance=counts.append)
    assert (found.images.dtype, len(files)) == (np.uint8, 23)
    assert counts == [8, 8, 7]
    np.testing.assert_array_equal(found.images, images)
    for one, other in zip(found.labels, labels, strict=True):
        assert one.dtype == np.int32
        np.testing.assert_array_equal(one, other)
    assert files.origins[0]["model_sha256"] == "abc"


@pytest.mark.parametrize("limit", [3, 16, 30, 46])
def test_several_directories_and_the_first_images(tmp_path: Path, limit: int) -> None:
    images = np.concatenate([written(tmp_path / str(seed), seed)[0] for seed in (0, 1)])
    files = CounterfactualFiles([tmp_path / "0", tmp_path / "1"], image_size=32, num_classes=10)
    assert len(files) == 46
    np.testing.assert_array_equal(files.read(limit).images, images[:limit])


def test_more_than_there_are(tmp_path: Path) -> None:
    written(tmp_path / "one")
    with pytest.raises(CommandError, match="one: expected at least 24 images, got 23"):
        CounterfactualFiles([tmp_path / "one"], image_size=32, num_classes=10).read(24)


def break_config(directory: Path) -> None:
    (directory / "config.json").write_text("{")


def other_config(directory: Path) -> None:
    (directory / "config.json").write_text('{"seed": 3}')


def flip_a_bit(directory: Path) -> None:
    path = directory / PLAN.name(1)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shorten(directory: Path) -> None:
    shutil.copy(directory / PLAN.name(2), directory / PLAN.name(1))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "one: expected a data set that tools/generate.py wrote, got nothing"),
        (lambda path: (path / "config.json").unlink(), "got a directory without config.json"),
        (break_config, "config.json: expected the JSON of a data set"),
        (other_config, "one: expected a data set that tools/generate.py wrote, got config.json of another"),
        (lambda path: (path / PLAN.name(1)).unlink(), "incomplete; counterfactuals-train.tfrecord-00001-of-00003 is"),
        (lambda path: (path / "dataset_info.json").unlink(), "incomplete; dataset_info.json is missing;"),
        (flip_a_bit, "00001-of-00003: damaged, .*; remove it, and make it again with tools/generate.py"),
        (shorten, "00001-of-00003: damaged, or not of 8 images"),
    ],
)
def test_what_is_missing_or_damaged_is_told(tmp_path: Path, spoil: Callable[[Path], object], message: str) -> None:
    written(tmp_path / "one")
    spoil(tmp_path / "one")
    with pytest.raises(CommandError, match=message):
        CounterfactualFiles([tmp_path / "one"], image_size=32, num_classes=10).read()


def test_other_images_and_labels(tmp_path: Path) -> None:
    written(tmp_path / "large", size=64)
    with pytest.raises(
        CommandError, match=r"expected images of \[32, 32, 3\], as those of the data set, got \[64, 64, 3\]"
    ):
        CounterfactualFiles([tmp_path / "large"], image_size=32, num_classes=10).read()
    written(tmp_path / "many", classes=1000)
    with pytest.raises(CommandError, match=r"expected labels in \[0, 10\)"):
        CounterfactualFiles([tmp_path / "many"], image_size=32, num_classes=10).read()


def test_a_file_that_cannot_be_read_is_not_to_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "one")
    files = CounterfactualFiles([tmp_path / "one"], image_size=32, num_classes=10)

    def refuse(path: Path, count: int) -> Iterator[Records]:
        raise CommandError(f"{path}: cannot be read (Permission denied).")

    monkeypatch.setattr(counterfactual_images, "read_records", refuse)
    with pytest.raises(CommandError, match=r": cannot be read \(Permission denied\)\.$"):
        files.read()
