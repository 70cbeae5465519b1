"""The command `segment`, with a network that takes bright pixels for the object."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import ConfigError
from cgn_tf.segmentation import segment
from cgn_tf.segmentation.config import SegmentConfig
from tests.goldens.recipe import u2net_state
from tests.weights.onnx_files import u2net_model


class Bright:
    """In place of `Segmenter`: the mask is the mean of the channels."""

    seen: ClassVar[list[tuple[int, ...]]] = []
    given: ClassVar[dict[str, Any]] = {}
    fails_after = 100

    def __init__(self, masker_weights: str, **options: Any) -> None:
        Bright.given = options

    def masks(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        Bright.seen += [image.shape for image in images]
        if len(Bright.seen) > Bright.fails_after:
            raise KeyboardInterrupt
        return [(image.mean(axis=-1) / 255.0).astype(np.float32) for image in images]


@pytest.fixture
def bright(monkeypatch: pytest.MonkeyPatch) -> type[Bright]:
    monkeypatch.setattr(segment, "Segmenter", Bright)
    monkeypatch.setattr(Bright, "seen", [])
    return Bright


def photograph(path: Path, height: int, width: int, box: tuple[int, int, int, int] | None) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)
    if box is not None:
        left, top, right, bottom = box
        pixels[top:bottom, left:right] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    photograph(tmp_path / "photos" / "a.png", 30, 20, (3, 4, 11, 20))
    photograph(tmp_path / "photos" / "a.bmp", 20, 40, (0, 0, 40, 20))
    photograph(tmp_path / "photos" / "sub" / "empty.png", 8, 9, None)
    (tmp_path / "w.onnx").write_bytes(b"weights")
    return tmp_path / "photos"


def run(photos: Path, *flags: str, output: str = "out") -> int:
    place = photos.parent
    return run_cli(
        "segment",
        [f"--images={photos}", f"--masker_weights={place / 'w.onnx'}", f"--output_dir={place / output}", *flags],
    )


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


def test_masks_cutouts_figures_and_a_sheet(
    photos: Path, bright: type[Bright], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(UserWarning, match=r"nothing was found in 1 of 3 photographs, .* below 0\.5: sub/empty\.png\.$"):
        assert run(photos, "--masker_size=128", "--rescale") == 0
    out = photos.parent / "out"
    assert files(out) == {
        "config.json", ".lock", "masks.json", "sheet.png",
        *(f"{kind}/{name}.png" for kind in ("masks", "cutouts") for name in ("a.png", "a.bmp", "sub/empty")),
    }  # fmt: skip
    assert (bright.given["masker_size"], bright.given["rescale"]) == (128, True)
    with Image.open(out / "masks" / "a.png.png") as mask, Image.open(out / "cutouts" / "a.png.png") as cut:
        assert (mask.mode, mask.size, cut.mode, cut.size) == ("L", (20, 30), "RGBA", (20, 30))
        assert mask.getbbox() == (3, 4, 11, 20)
    written = json.loads((out / "masks.json").read_text())
    assert (written["threshold"], written["skipped"]) == (0.5, {})
    by_file = {one["file"]: one for one in written["images"]}
    assert list(by_file) == ["a.bmp", "a.png", "sub/empty.png"]
    assert by_file["a.png"] == {
        "file": "a.png", "mask": "masks/a.png.png", "cutout": "cutouts/a.png.png", "width": 20, "height": 30,
        "mean": round(8 * 16 / 600, 6), "decided": 1.0, "box": [3, 4, 11, 20],
    }  # fmt: skip
    assert by_file["sub/empty.png"]["box"] is None
    said, err = capsys.readouterr()
    assert "masks and cut-outs of 3 photographs" in said
    assert "3/3" in err


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_interrupted_run_goes_on(photos: Path, bright: type[Bright], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bright, "fails_after", 1)
    assert run(photos, "--batch_size=1") != 0
    out = photos.parent / "out"
    assert {"masks/a.bmp.png", "cutouts/a.bmp.png"} < files(out)
    assert not (out / "masks.json").exists()
    (out / "cutouts" / "a.bmp.png").unlink()  # a photograph is done with both of its files
    first = (out / "masks" / "a.bmp.png").stat().st_ino
    monkeypatch.setattr(bright, "fails_after", 100)
    bright.seen.clear()
    assert run_cli("segment", [f"--output_dir={out}"]) == 0  # the directory knows the rest
    assert bright.seen == [(20, 40, 3), (30, 20, 3), (8, 9, 3)]
    assert (out / "masks" / "a.bmp.png").stat().st_ino != first
    bright.seen.clear()
    before = {name: (out / name).read_bytes() for name in files(out)}
    assert run(photos, "--batch_size=2", "--sheet_rows=12") == 0
    assert bright.seen == []
    after = {name: (out / name).read_bytes() for name in files(out)}
    assert {name for name in after if after[name] != before.get(name)} == {"config.json"}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_directory_belongs_to_its_configuration(
    photos: Path, bright: type[Bright], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos) == 0
    capsys.readouterr()
    assert run(photos, "--threshold=0.5") == 1
    assert "is of masks with another configuration (threshold" in one_line(capsys)
    photograph(photos / "b.png", 5, 5, None)
    assert run(photos) == 1
    assert "is of masks with other data: --images=" in one_line(capsys)
    (photos / "b.png").unlink()
    photos.parent.joinpath("w.onnx").write_bytes(b"others")
    assert run(photos) == 1
    assert "is of masks with other data: --masker_weights=" in one_line(capsys)
    (photos.parent / "mine").mkdir()
    (photos.parent / "mine" / "notes.txt").touch()
    assert run(photos, output="mine") == 1
    assert "got one without config.json that holds notes.txt" in one_line(capsys)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_masks_of_two_values(photos: Path, bright: type[Bright]) -> None:
    Image.fromarray(np.full((6, 6, 3), 100, np.uint8)).save(photos / "grey.png")
    assert run(photos, "--threshold=0.3", "--sheet_rows=0") == 0
    out = photos.parent / "out"
    assert not (out / "sheet.png").exists()
    np.testing.assert_array_equal(np.array(Image.open(out / "masks" / "grey.png")), np.full((6, 6), 255))
    written = json.loads((out / "masks.json").read_text())
    assert written["threshold"] == 0.3
    assert next(one for one in written["images"] if one["file"] == "grey.png")["box"] == [0, 0, 6, 6]


def test_files_that_are_no_photographs(photos: Path, bright: type[Bright], capsys: pytest.CaptureFixture[str]) -> None:
    (photos / "notes.txt").write_text("mine")
    (photos / "sub" / "empty.png").unlink()
    assert run(photos) == 1
    err = one_line(capsys)
    assert "photos: expected photographs, got notes.txt (a file without the head of a JPEG, " in err
    assert "remove or replace it, or set --bad_images=skip to go on without." in err
    assert not (photos.parent / "out").exists()
    Image.fromarray(np.random.default_rng(0).integers(256, size=(50, 50, 3), dtype=np.uint8)).save(photos / "cut.png")
    (photos / "cut.png").write_bytes((photos / "cut.png").read_bytes()[:3_000])
    with pytest.warns(UserWarning, match=r"notes\.txt .*; skipped\.$") as warned:
        assert run(photos, "--bad_images=skip") == 0
    skipped = str(warned[0].message)
    assert "notes.txt (a file without the head of a JPEG, " in skipped
    assert "cut.png (a damaged file" in skipped
    written = json.loads((photos.parent / "out" / "masks.json").read_text())
    assert sorted(written["skipped"]) == ["cut.png", "notes.txt"]
    assert len(written["images"]) == 2
    (photos / "notes.txt").unlink()
    assert run(photos, output="other") == 1
    assert "got cut.png (a damaged file" in capsys.readouterr().err


def test_nothing_but_other_files(photos: Path, bright: type[Bright], capsys: pytest.CaptureFixture[str]) -> None:
    (photos.parent / "texts").mkdir()
    (photos.parent / "texts" / "notes.txt").write_text("mine")
    assert run(photos.parent / "texts", "--bad_images=skip") == 1
    assert "texts: expected photographs, got notes.txt" in capsys.readouterr().err


def test_a_single_photograph_by_a_real_network(tmp_path: Path) -> None:
    photograph(tmp_path / "a.png", 30, 20, (3, 4, 11, 20))
    (tmp_path / "u2netp.onnx").write_bytes(u2net_model(u2net_state("u2netp")).SerializeToString())
    flags = [f"--images={tmp_path / 'a.png'}", f"--masker_weights={tmp_path / 'u2netp.onnx'}", "--masker_size=16"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run_cli("segment", [*flags, f"--output_dir={tmp_path / 'out'}"]) == 0
    assert files(tmp_path / "out") == {
        ".lock", "config.json", "masks.json", "sheet.png", "masks/a.png", "cutouts/a.png"
    }  # fmt: skip


def test_weights_of_something_else(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(photos) == 1
    assert "w.onnx: expected an ONNX file, got a file that starts with b'weig'" in one_line(capsys)
    assert not (photos.parent / "out").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"images": ""}, "`images`: expected a path, got none; for example `images=photos`"),
        ({"masker_weights": ""}, "`masker_weights`: expected a path, got none"),
        ({"output_dir": ""}, "`output_dir`: expected a path, got none"),
        ({"threshold": 0.0}, "`threshold`: expected a value above 0, or -1 for masks that keep theirs, got 0"),
        ({"threshold": 1.5}, "`threshold`: expected a number, at least -1, at most 1, got 1.5"),
        ({"masker_size": -2}, "`masker_size`: expected a whole number, at least -1, got -2"),
    ],
)
def test_options_that_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        SegmentConfig(**{"images": "a", "masker_weights": "b", "output_dir": "c", **values})
