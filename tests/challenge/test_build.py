"""The command from folders to a finished challenge: files, tables, going on, and errors of one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.challenge import build
from cgn_tf.challenge.build import build_challenge
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import SETS
from cgn_tf.errors import CommandError, ConfigError
from tests.challenge.small import OBJECT, SIZE, inside, photograph, read, save, write_photographs

CLASSES = {"cat": 3, "a dog, large": 2, "Schiff ü": 2}
SORTED = sorted(CLASSES)
PLAIN = {"size": SIZE, "feather": 0.0, "inpaint": "none", "batch_size": 2, "sheet_rows": 2}


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    photos, masks = write_photographs(tmp_path, CLASSES)
    return {"images": str(photos), "masks": str(masks), "output_dir": str(tmp_path / "out")}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def all_bytes(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_every_image_is_what_its_name_and_the_table_say(
    folders: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    build_challenge(BuildChallengeConfig(**folders, **PLAIN))
    out = Path(folders["output_dir"])
    assert capsys.readouterr().out == f"{out}: each set has 7 images of 3 classes; README.md tells what they are.\n"
    rows = rows_of(out / "challenge.csv")
    assert len(rows) == 7 * len(SETS)
    assert {str(path.relative_to(out)) for name in SETS for path in (out / name).rglob("*.png")} == {
        row["file"] for row in rows
    }
    next_class = dict(zip(SORTED, [*SORTED[1:], SORTED[0]], strict=True))
    for row in rows:
        own, behind = row["foreground_file"].removesuffix(".png"), row["background_file"].removesuffix(".png")
        class_name, _, name = own.partition("/")
        assert row["foreground_class"] == class_name
        assert row["background_class"] == behind.partition("/")[0]
        suffix = behind.replace("/", "_") if behind else "none"
        assert row["file"] == f"{row['set']}/val/{class_name}/{name}__bg_{suffix}.png"
        assert float(row["mask_share"]) == pytest.approx(20 / 256, abs=1e-6)
        image = read(out / row["file"])
        if row["set"].startswith("mixed"):
            expected = photograph(behind)
            expected[OBJECT] = photograph(own)[OBJECT]
            np.testing.assert_array_equal(image, expected)
        if row["set"] == "mixed_next":
            assert row["background_class"] == next_class[class_name]
        if row["set"] == "mixed_same":
            assert row["background_class"] == class_name
            assert behind != own
        if row["set"] == "only_fg":
            np.testing.assert_array_equal(image, photograph(own) * inside()[..., None])
        if row["set"] == "original":
            np.testing.assert_array_equal(image, photograph(own))
    np.testing.assert_array_equal(read(out / "fg_mask" / "val" / "cat" / "0.png")[..., 0], inside() * 255)
    assert rows_of(out / "skipped.csv") == []


def test_record_card_and_sheet(folders: dict[str, str]) -> None:
    build_challenge(BuildChallengeConfig(**folders, **PLAIN, mixed_sets=("mixed_rand",), seed=7))
    out = Path(folders["output_dir"])
    record = json.loads((out / "challenge.json").read_text(encoding="utf-8"))
    sets = ["original", "mixed_rand", "only_fg", "no_fg", "only_bg_b", "only_bg_t"]
    assert record["sets"] == dict.fromkeys(sets, 7)
    assert record["classes"] == {name: CLASSES[name] for name in SORTED}
    assert (record["size"], record["seed"], record["left_out"]) == (SIZE, 7, 0)
    assert {len(digest) for digest in record["sources"]["contents"].values()} == {64}
    assert "belong to whoever owns the photographs" in record["licence"]
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "| `mixed_rand` | 7 | the object on the background of an image of another class" in text
    assert "mixed_next" not in text.split("## How to read it")[0].split("```sh")[0]
    assert "--seed=7" in text
    assert read(out / "sheet.png").shape[0] > 2 * 160
    assert not (out / "mixed_next").exists()


def test_an_interrupted_build_goes_on_to_the_same_bytes(
    folders: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {**PLAIN, "feather": 2.0, "inpaint": "telea"}
    save(Path(folders["masks"]) / "cat" / "1.png", np.zeros((SIZE, SIZE), np.uint8))  # no object: left out
    whole = BuildChallengeConfig(**{**folders, "output_dir": str(tmp_path / "whole")}, **settings)
    with pytest.warns(UserWarning, match=r"1 of 7 images were left out, 1 of them for this reason: no object"):
        build_challenge(whole)
    for function, after in (("write_parts", 4), ("write_made", 5)):
        calls = iter(range(after))
        make = getattr(build, function)

        def interrupted(*arguments: object, calls: object = calls, make: Callable[..., None] = make) -> None:
            if next(calls, None) is None:  # type: ignore[call-overload]
                raise KeyboardInterrupt
            make(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(build, function, interrupted)
            with pytest.raises(KeyboardInterrupt):
                build_challenge(BuildChallengeConfig(**folders, **settings))
        assert not (Path(folders["output_dir"]) / "challenge.json").exists()
    with pytest.warns(UserWarning, match="were left out"):
        build_challenge(BuildChallengeConfig(**folders, **settings))
    made, expected = all_bytes(Path(folders["output_dir"])), all_bytes(tmp_path / "whole")
    assert set(made) == set(expected)
    for name in made:
        if name not in ("README.md",):  # which has the directory's name in its command
            assert made[name] == expected[name], name
    assert rows_of(tmp_path / "whole" / "skipped.csv") == [
        {"class": "cat", "name": "1", "file": "cat/1.png", "reason": "no object: no pixel of the mask reaches 0.5"}
    ]
    capsys.readouterr()
    with pytest.warns(UserWarning, match="were left out"):
        build_challenge(whole)
    assert "all is there; nothing to do" in capsys.readouterr().out


def test_processing_in_other_batches_changes_nothing(folders: dict[str, str], tmp_path: Path) -> None:
    build_challenge(BuildChallengeConfig(**folders, **PLAIN))
    other = {**folders, "output_dir": str(tmp_path / "other")}
    build_challenge(BuildChallengeConfig(**other, **{**PLAIN, "batch_size": 5}))
    made, expected = all_bytes(tmp_path / "other"), all_bytes(Path(folders["output_dir"]))
    pictures = [name for name in made if name.endswith((".png", ".csv"))]
    assert len(pictures) == 7 * 10 + 3
    assert all(made[name] == expected[name] for name in pictures)


def test_photographs_of_any_shape_become_squares_with_their_masks(tmp_path: Path) -> None:
    for class_name in ("a", "b"):
        image = np.full((24, 48, 3), 90, np.uint8)
        mask = np.zeros((24, 48), np.uint8)
        image[6:12, 18:30], mask[6:12, 18:30] = 240, 255  # in the square of columns 12 to 35
        save(tmp_path / "photos" / class_name / "deep" / "x.png", image)
        save(tmp_path / "masks" / class_name / "deep" / "x.png", mask)
    build_challenge(
        BuildChallengeConfig(
            images=str(tmp_path / "photos"), masks=str(tmp_path / "masks"), output_dir=str(tmp_path / "out"),
            **{**PLAIN, "size": 12}, mixed_sets=("mixed_next",),
        )
    )  # fmt: skip
    alpha = read(tmp_path / "out" / "fg_mask" / "val" / "a" / "deep_x.png")[..., 0]
    expected = np.zeros((12, 12), np.uint8)
    expected[3:6, 3:9] = 255
    np.testing.assert_array_equal(alpha, expected)
    mixed = read(tmp_path / "out" / "mixed_next" / "val" / "a" / "deep_x__bg_b_deep_x.png")
    np.testing.assert_allclose(mixed[alpha == 255], 240, atol=20)  # bicubic resizing overshoots at edges
    np.testing.assert_allclose(mixed[alpha == 0], 90, atol=20)


def test_splits_share_no_names(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_photographs(tmp_path / split, {"a": 2, "b": 2})
        (tmp_path / "all" / split).parent.mkdir(exist_ok=True)
        (tmp_path / split / "photos").rename(tmp_path / "all" / split)
        (tmp_path / "masks").mkdir(exist_ok=True)
        (tmp_path / split / "masks").rename(tmp_path / "masks" / split)
    both = {"images": str(tmp_path / "all"), "masks": str(tmp_path / "masks"), **PLAIN}
    build_challenge(BuildChallengeConfig(**both, output_dir=str(tmp_path / "both")))
    names = {path.name.split("__bg_")[0] for path in (tmp_path / "both" / "original").rglob("*.png")}
    assert names == {"train_0", "train_1", "test_0", "test_1"}
    build_challenge(BuildChallengeConfig(**both, output_dir=str(tmp_path / "one"), split="test", classes=("a", "b")))
    names = {path.name.split("__bg_")[0] for path in (tmp_path / "one" / "original").rglob("*.png")}
    assert names == {"0", "1"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"masks": ""}, "`masks` or `masker_weights`: expected one of them, got none; give the directory"),
        ({"masker_weights": "u2netp.onnx"}, "`masks` or `masker_weights`: expected one of them, got both"),
        ({"model": "cgn"}, "`images` or `model`: expected one of them, got both"),
        ({"images": "", "model": "cgn"}, "`masks` contradicts `model`: a CGN makes masks and backgrounds of its own"),
        (
            {"backgrounds": "b"},
            "`backgrounds`: expected cut-outs, which have `masks=alpha`, got photographs with masks",
        ),
        ({"feather": 0.5}, "`feather`: expected 0, or at least 1 pixel, got 0.5"),
        ({"inpaint": "none", "min_object": 0.9}, "`min_object`: expected at most `max_object=0.8`, got 0.9"),
        ({"output_dir": ""}, "`output_dir`: expected the directory of the challenge, got none"),
        ({"mixed_sets": ("mixed_same",) * 2}, "`mixed_sets`: expected each once, got mixed_same,mixed_same"),
    ],
)
def test_options_that_contradict_one_another(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        BuildChallengeConfig(**{"images": "photos", "masks": "masks", "output_dir": "out", **change})  # type: ignore[arg-type]
    assert str(error.value).startswith(message)


def test_masks_that_do_not_match_the_images(folders: dict[str, str]) -> None:
    masks = Path(folders["masks"])
    save(masks / "cat" / "2.png", np.zeros((SIZE, SIZE + 1), np.uint8))
    with pytest.raises(CommandError, match=r"cat/2.png: expected a mask as large as cat/2.png, 16×16, got 17×16"):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN))
    for name in ("cat/2.png", "a dog, large/0.png"):
        (masks / name).unlink()
    message = "expected a mask for each of 7 images, got none at a dog, large/0.png, cat/2.png; give masks"
    with pytest.raises(CommandError, match=message):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN))


def test_what_cannot_be_a_challenge_is_refused_before_anything_is_made(folders: dict[str, str], tmp_path: Path) -> None:
    def refused(**changes: object) -> str:
        with pytest.raises(CommandError) as error:
            build_challenge(BuildChallengeConfig(**{**folders, **PLAIN, **changes}))  # type: ignore[arg-type]
        assert not (tmp_path / "out").exists()
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "expected at least two classes, whose backgrounds can be exchanged" in refused(classes=("cat",))
    assert "`classes`: expected some of Schiff ü, a dog, large, cat" in refused(classes=("bird",))
    assert "expected images of `split=test`, got those of train alone" in refused(split="test")
    assert "expected a folder of images for each class, got nothing" in refused(images=str(tmp_path / "no"))
    assert "expected a folder of images for each class, got files alone" in refused(images=f"{folders['images']}/cat")
    assert "expected a directory of masks, got nothing" in refused(masks=str(tmp_path / "no"))


def test_files_that_are_no_images_end_it_or_are_left_out(folders: dict[str, str]) -> None:
    (Path(folders["images"]) / "cat" / "2.png").write_bytes(b"no image")
    with pytest.raises(CommandError, match=r"cat/2.png: expected an image, got a file without the head of a .*bad_im"):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN))
    with pytest.warns(UserWarning, match="1 of 7 images were left out"):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN, bad_images="skip"))


def test_a_directory_belongs_to_one_configuration_and_to_its_files(folders: dict[str, str]) -> None:
    build_challenge(BuildChallengeConfig(**folders, **PLAIN))
    with pytest.raises(CommandError, match=r"is of a challenge with another configuration \(seed"):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN, seed=1))
    save(Path(folders["masks"]) / "cat" / "0.png", np.full((SIZE, SIZE), 255, np.uint8))
    with pytest.raises(CommandError, match="is of a challenge with other data: `masks="):
        build_challenge(BuildChallengeConfig(**folders, **PLAIN))
