from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.resumable import resumable_report
from cgn_tf.evaluation.robustness.adversarial import mask_files
from cgn_tf.evaluation.robustness.background_gap import background_gap
from cgn_tf.evaluation.robustness.background_sets import find_sets, foreground_of
from cgn_tf.evaluation.robustness.backgrounds_report import BackgroundsReport
from cgn_tf.evaluation.robustness.backgrounds_suite import BackgroundsOptions, judge_backgrounds
from cgn_tf.evaluation.robustness.class_map import class_map
from tests.evaluation.robustness.fakes import constant, reads_channel, write_levels

IN9 = [
    "00_dog", "01_bird", "02_wheeled vehicle", "03_reptile", "04_carnivore", "05_insect", "06_musical instrument",
    "07_primate", "08_fish",
]  # fmt: skip


def judged(root: Path, output: Path, classifier: Classifier, **options: object) -> BackgroundsReport:
    given = BackgroundsOptions(images=str(root), **{"batch_size": 3, **options})
    with resumable_report(output, {}) as computed:
        return judge_backgrounds(classifier, given, find_sets(root), computed)


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Three classes of red 1, 2 and 3 (green: the background's), in both layouts; mixed_rand has 2 of 7 wrong."""
    root = tmp_path / "sets"
    labels = [0, 0, 0, 1, 1, 2, 2]
    for number, label in enumerate(labels):
        folder = f"{'abc'[label]}"
        write_levels(root / "original" / "val" / folder / f"{number}.png", label, label)
        write_levels(root / "mixed_same" / folder / f"fg_{number}_bg_{number}.png", label, label)
        shown = label if number not in (1, 4) else 2
        write_levels(root / "mixed_rand" / "val" / folder / f"fg_{number}_bg_9.png", shown, 0)
    return root


def test_correct_by_number_of_images(sets: Path, tmp_path: Path) -> None:
    report = judged(sets, tmp_path / "out", reads_channel(0, 3))
    assert list(report.labels) == ["original", "mixed_same", "mixed_rand"]
    right = report.correct["fake"]
    # 7 images in batches of 3: the last one of a single image counts
    assert {name: (int(one.sum()), len(one)) for name, one in right.items()} == {
        "original": (7, 7), "mixed_same": (7, 7), "mixed_rand": (5, 7),
    }  # fmt: skip
    gap = report.gaps["fake"]
    assert gap.value == pytest.approx(2 / 7)
    assert gap.paired
    assert gap.low <= 2 / 7 <= gap.high
    np.testing.assert_allclose(report.by_class("fake")[:, 2], [200 / 3, 50.0, 100.0])
    found = report.as_json()["readers"]["fake"]["sets"]["mixed_rand"]
    assert (found["images"], found["correct"], found["by_class"]["b"]) == (7, 5, 0.5)
    text = report.as_markdown({})
    assert "| fake | 28.57 (" in text
    assert "in pairs of one foreground" in text
    assert [name for _, name, _ in report.plots()] == ["accuracy.png", "classes.png"]


def test_heads_read_what_they_read(sets: Path, tmp_path: Path) -> None:
    report = judged(sets, tmp_path / "out", reads_channel(0, 3, ("shape", "texture")))
    shares = {reader: float(one["mixed_rand"].mean()) for reader, one in report.correct.items()}
    assert shares["shape"] == pytest.approx(5 / 7)
    assert shares["texture"] == pytest.approx(3 / 7)  # the backgrounds are of the first class
    assert set(shares) == {"shape", "texture", "average"}


def test_outputs_that_stand_for_no_class_are_wrong(sets: Path, tmp_path: Path) -> None:
    table = tmp_path / "map.json"
    table.write_text(json.dumps({"a": [0], "b": [1], "c": [3]}))  # 2 stands for none
    report = judged(sets, tmp_path / "out", reads_channel(0, 4), class_map=str(table))
    assert int(report.correct["fake"]["original"].sum()) == 5


def test_maps_of_classes(tmp_path: Path) -> None:
    in9 = class_map(IN9, "", constant(0, 1000))
    assert int((in9 == -1).sum()) == 630
    assert np.bincount(in9 + 1).tolist() == [630, 116, 52, 42, 36, 35, 27, 26, 20, 16]
    assert (in9[207], in9[1], in9[999]) == (0, 8, -1)
    by_wnid = class_map(["n01440764", "n02007558"], "", constant(0, 1000))
    assert np.flatnonzero(by_wnid >= 0).tolist() == [0, 130]
    assert class_map(["a", "b"], "", constant(0, 2)).tolist() == [0, 1]
    trained = dataclasses.replace(constant(0, 3), class_names=("b", "c", "a"))
    assert class_map(["a", "b", "c"], "", trained).tolist() == [1, 2, 0]
    assert class_map(["a", "b"], "", trained).tolist() == [1, -1, 0]
    lions = dataclasses.replace(trained, class_names=("zebra", "Sea lion", "a"))
    assert class_map(["sea_lion", "zebra"], "", lions).tolist() == [1, 0, -1]
    numbers = sorted(map(str, range(11)))
    with pytest.raises(CommandError, match=r"constant has 11 outputs, and .* of 11 classes \(0, 1, 10, …\)"):
        class_map(numbers, "", constant(0, 11))
    with pytest.raises(CommandError, match=r"constant has 3 outputs \(b, c, a, …\), and .* of 3 classes \(a, b, d\)"):
        class_map(["a", "b", "d"], "", trained)
    with pytest.raises(CommandError, match="`class_map`: constant has 5 outputs, and the images are of 2 classes"):
        class_map(["a", "b"], "", constant(0, 5))
    with pytest.raises(CommandError, match="got n99999999, which is none"):
        class_map(["n99999999"], "", constant(0, 1000))
    table = tmp_path / "map.json"
    table.write_text('{"a": [0]}')
    with pytest.raises(CommandError, match="expected outputs of every class, got none of b"):
        class_map(["a", "b"], str(table), constant(0, 5))


def test_gap_of_other_foregrounds_is_unpaired() -> None:
    first, second = np.arange(200) < 180, np.arange(100) < 60
    gap = background_gap(first, second, ([f"{i}" for i in range(200)], [f"{i}" for i in range(100)]))
    assert not gap.paired
    assert gap.value == pytest.approx(0.3)
    # the normal approximation: 1.96 √(.9 · .1 / 200 + .6 · .4 / 100)
    half = 1.96 * np.sqrt(0.09 / 200 + 0.24 / 100)
    assert (gap.low, gap.high) == (pytest.approx(0.3 - half, abs=0.015), pytest.approx(0.3 + half, abs=0.015))
    same = background_gap(first, first, (list(map(str, range(200))),) * 2)
    assert same == (0.0, 0.0, 0.0, True)


def test_names_of_foregrounds() -> None:
    for name in (
        "00_dog/fg_n02_7_bg_n03_2.JPEG",
        "00_dog/fg_n02_7.JPEG",
        "00_dog/n02_7.npy",
        "00_dog/n02_7__bg_none.png",
    ):
        assert foreground_of(name) == "00_dog/n02_7"


def challenge(tmp_path: Path, masked: bool = False) -> Path:
    """Foregrounds of classes 0 and 1, half of the image; the brighter backgrounds pull the mean of red upwards."""
    root = tmp_path / "challenge"
    for label in (0, 1):
        folder = "ab"[label]
        write_levels(root / "original" / folder / f"{label}.png", 4 * label)
        image = np.zeros((8, 8, 3), np.uint8)
        image[:4] = 20, 0, 200
        image[:4, :, 0] = 20 + 120 * label
        path = root / "only_fg" / folder / f"fg_{label}.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(image).save(path)
        write_levels(root / "only_bg_t" / folder / f"bg_{label}.png", 4 * label)
        if masked:
            place = root / "fg_mask" / "val" / folder
            place.mkdir(parents=True)
            np.save(place / f"{label}.npy", np.arange(8)[:, None] * np.ones((1, 8)) < 4)
    return root


@pytest.mark.parametrize("masked", [False, True])
def test_adversarial_backgrounds(tmp_path: Path, masked: bool) -> None:
    root = challenge(tmp_path, masked)
    # red means: foreground 20 on 0 → 10 and on 40 → 30: class 0 (below 40) either way; 140 on 0 → 70, on 40 → 90
    table = tmp_path / "map.json"
    table.write_text(json.dumps({"a": [0, 1, 2, 3], "b": [8, 9, 10]}))  # 70, which is 7, is no b
    report = judged(root, tmp_path / "out", reads_channel(0, 11), class_map=str(table))
    assert report.challenge is not None
    assert (report.challenge.foregrounds, report.challenge.backgrounds, report.challenge.masked) == (2, 2, masked)
    assert report.challenge.holds == {"fake": 0.5}
    assert "the share that is recognised on every one" in report.as_markdown({})
    one = judged(root, tmp_path / "one", reads_channel(0, 11), class_map=str(table), adversarial_backgrounds=1)
    assert one.challenge is not None
    assert one.challenge.backgrounds == 1
    none = judged(root, tmp_path / "none", reads_channel(0, 11), class_map=str(table), adversarial_backgrounds=0)
    assert none.challenge is None


def test_masks_that_do_not_fit(tmp_path: Path) -> None:
    root = challenge(tmp_path, masked=True)
    table = tmp_path / "map.json"
    table.write_text(json.dumps({"a": [0], "b": [1]}))
    place = root / "fg_mask" / "val" / "a" / "0.npy"

    def refused(match: str) -> None:
        with pytest.raises(CommandError, match=match):
            judged(root, tmp_path / "out", reads_channel(0, 11), class_map=str(table))

    np.save(place, np.ones((4, 4), bool))
    refused(r"0\.npy: expected a mask, true or false or a whole number for each of \[8, 8\] pixels, got \[4, 4\]")
    np.save(place, np.full((8, 8), 0.4))
    refused(r"0\.npy: expected a mask, .*, got float64")
    with place.open("wb") as file:
        np.savez(file, np.ones((8, 8), bool))
    refused(r"0\.npy: expected a mask, .*, got several arrays")
    place.write_bytes(b"")
    refused(r"0\.npy: expected a mask, got what cannot be read")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(place.with_name("0.PNG"), "PNG")
    refused(r"expected one mask of each foreground, got 0\.PNG and 0\.npy in a")
    place.with_name("0.PNG").unlink()
    place.unlink()
    with pytest.raises(CommandError, match=r"expected a mask of every foreground, got none of a/fg_0\.png"):
        judged(root, tmp_path / "out", reads_channel(0, 11), class_map=str(table))


def test_a_folder_of_masks_without_masks(tmp_path: Path) -> None:
    root = challenge(tmp_path)
    (root / "fg_mask" / "val" / "a").mkdir(parents=True)
    (root / "fg_mask" / "val" / "a" / "0.jpg").write_bytes(b"any")
    with pytest.raises(CommandError, match=r"val: expected CLASS/NAME\.npy or CLASS/NAME\.png.*got none"):
        mask_files(root)
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(root / "fg_mask" / "val" / "a" / "0.PNG", "PNG")
    assert list(mask_files(root)) == ["a/0"]


def test_sizes_of_images(sets: Path, tmp_path: Path) -> None:
    write_levels(sets / "original" / "val" / "a" / "0.png", 0, size=12)
    with pytest.raises(CommandError, match=r"\.png: expected images of 12×12 pixels, as .* got one of 8×8"):
        judged(sets, tmp_path / "out", reads_channel(0, 3))
    assert judged(sets, tmp_path / "resized", reads_channel(0, 3), resize=True).size == 8
    assert judged(sets, tmp_path / "fixed", reads_channel(0, 3, any_size=False)).size == 8


def test_directories_that_do_not_fit(sets: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="expected a directory with the folder original"):
        find_sets(tmp_path)
    (sets / "only_fg" / "a").mkdir(parents=True)
    with pytest.raises(CommandError, match="expected images below"):
        find_sets(sets)
    odd = sets / "original" / "val" / os.fsdecode(b"\xff")
    write_levels(odd / "0.png", 0)
    for name in ("mixed_same", "mixed_rand/val", "only_fg"):
        shutil.copytree(sets / "original" / "val", sets / name, dirs_exist_ok=True)
    with pytest.raises(CommandError, match="expected folders with names in UTF-8"):
        find_sets(sets)
    for name in ("original/val", "mixed_same", "mixed_rand/val"):
        shutil.rmtree(sets / name / odd.name)
    shutil.rmtree(sets / "only_fg")
    write_levels(sets / "only_fg" / "a" / "0.png", 0)
    with pytest.raises(CommandError, match="which differ in b, c"):
        find_sets(sets)
    write_levels(sets / "only_fg" / "0.png", 0)
    with pytest.raises(CommandError, match="expected images in a folder for each class"):
        find_sets(sets)
