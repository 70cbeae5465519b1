from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.generation.png_folders import PngFolder
from cgn_tf.generation.record_files import DamagedRecordsError, FilePlan, RecordFile, Records, read_records
from cgn_tf.types import Triplet

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, size=(5, 32, 32, 3), dtype=np.uint8)
MASKS = RANDOM.integers(0, 256, size=(5, 32, 32, 1), dtype=np.uint8)
LABELS = Triplet(*RANDOM.integers(0, 10, size=(3, 5)))
BOTH = ("image", "mask")


def written(path: Path, parts: Sequence[str] = ("image",)) -> Path:
    file = RecordFile.begin(path, parts)
    assert file is not None
    with file:
        for rows in (slice(3), slice(3, None)):
            # what was not asked for is left out
            file.write({"mask": MASKS[rows], "image": IMAGES[rows]}, Triplet(*(factor[rows] for factor in LABELS)))
        file.complete()
    return path


@pytest.mark.parametrize("num_images", [1, 19, 20, 21, 60, 61, 119, 120])
def test_a_plan_has_every_image_once(num_images: int) -> None:
    plan = FilePlan(num_images, batch_size=20, batches_per_file=3)
    batches = [batch for file in range(plan.num_files) for batch in plan.batches(file)]
    assert batches == list(range(len(batches)))
    assert sum(map(plan.batch_length, batches)) == sum(map(plan.length, range(plan.num_files))) == num_images
    assert all(plan.batch_length(batch) == 20 for batch in batches[:-1])
    assert 1 <= plan.batch_length(batches[-1]) <= 20
    assert all(len(plan.batches(file)) == 3 for file in range(plan.num_files - 1))
    assert plan.num_files == -(-num_images // 60)
    assert plan.name(0) == f"counterfactuals-train.tfrecord-00000-of-{plan.num_files:05d}"


def test_what_was_written_is_read(tmp_path: Path) -> None:
    (records,) = read_records(written(tmp_path / "a"), 5)
    assert list(records.parts) == ["image"]
    np.testing.assert_array_equal([tf.io.decode_png(png) for png in records.parts["image"]], IMAGES)
    for found, expected in zip(records.labels, LABELS, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert written(tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


def test_parts_that_were_written_are_read(tmp_path: Path) -> None:
    (records,) = read_records(written(tmp_path / "a", BOTH), 5, BOTH)
    assert list(records.parts) == ["image", "mask"]
    np.testing.assert_array_equal([tf.io.decode_png(png) for png in records.parts["image"]], IMAGES)
    np.testing.assert_array_equal([tf.io.decode_png(png) for png in records.parts["mask"]], MASKS)
    for found, expected in zip(records.labels, LABELS, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_parts_that_were_not_written_are_missed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"a: damaged.*remove it"):
        list(read_records(written(tmp_path / "a"), 5, BOTH))


def test_nothing_is_left_of_a_file_that_was_not_completed(tmp_path: Path) -> None:
    file = RecordFile.begin(tmp_path / "a")
    assert file is not None
    with file:
        file.write({"image": IMAGES}, LABELS)
        assert [path.name for path in tmp_path.iterdir()] == [".a.partial"]
    assert list(tmp_path.iterdir()) == []


def test_damaged_records(tmp_path: Path) -> None:
    path = written(tmp_path / "a")
    with pytest.raises(CommandError, match="damaged; expected 6 records, got 5; remove it and give the same command"):
        list(read_records(path, 6))
    whole = path.read_bytes()
    for damaged in (whole[:-7], bytes([*whole[:500], whole[500] ^ 1, *whole[501:]])):
        path.write_bytes(damaged)
        with pytest.raises(CommandError, match=r"a: damaged.*remove it"):
            list(read_records(path, 5))
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"no example")
    with pytest.raises(CommandError, match="a: damaged"):
        list(read_records(path, 1))


def test_png_folders_are_whole_or_absent(tmp_path: Path) -> None:
    pngs = np.array([tf.io.encode_png(image).numpy() for image in IMAGES], dtype=object)
    records = Records({"image": pngs}, LABELS)
    folder = PngFolder(tmp_path, 2, first_image=40)
    rows = folder.add(records)
    assert not folder.folder.exists()
    folder.complete()
    labels = ",".join(str(factor[1]) for factor in LABELS)
    assert rows[1] == f"png/00002/00000041.png,{labels}\n"
    assert [path.read_bytes() for path in sorted(folder.folder.iterdir())] == list(pngs)
    unchanged = folder.folder.stat().st_mtime_ns
    again = PngFolder(tmp_path, 2, first_image=40)  # the next time only the rows are wanted
    assert again.add(records) == rows
    again.complete()
    assert folder.folder.stat().st_mtime_ns == unchanged
    PngFolder(tmp_path, 3, first_image=45).add(records)  # killed here
    folder = PngFolder(tmp_path, 3, first_image=45)
    folder.add(Records({"image": pngs[:1]}, Triplet(*(factor[:1] for factor in LABELS))))
    folder.complete()
    assert [path.name for path in folder.folder.iterdir()] == ["00000045.png"]
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == ["00002", "00003"]


def test_pngs_of_parts_lie_beside_those_of_the_images(tmp_path: Path) -> None:
    parts = {name: np.array([name.encode() + bytes([i]) for i in range(5)], dtype=object) for name in BOTH}
    folder = PngFolder(tmp_path, 0, first_image=8)
    rows = folder.add(Records(parts, LABELS))
    folder.complete()
    assert [row.split(",")[0] for row in rows[1:3]] == ["png/00000/00000009.png", "png/00000/00000010.png"]
    assert len(list(folder.folder.iterdir())) == 10
    assert (folder.folder / "00000009.png").read_bytes() == b"image\x01"
    assert (folder.folder / "00000009_mask.png").read_bytes() == b"mask\x01"


def test_what_cannot_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CommandError, match="a: cannot be read") as caught:
        list(read_records(tmp_path / "a", 5))
    assert not isinstance(caught.value, DamagedRecordsError)
