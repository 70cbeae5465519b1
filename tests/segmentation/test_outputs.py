from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.segmentation.outputs import CELL, OutputFiles, cutout, figures, mask_pixels, sheet_row


def test_a_mask_as_pixels() -> None:
    mask = np.array([[0.0, 0.2, 0.5, 1.0]], np.float32)
    np.testing.assert_array_equal(mask_pixels(mask, None), [[0, 51, 128, 255]])
    np.testing.assert_array_equal(mask_pixels(mask, 0.5), [[0, 0, 255, 255]])
    assert mask_pixels(mask, None).dtype == np.uint8


def test_figures_by_hand() -> None:
    mask = np.zeros((4, 5), np.uint8)
    mask[1, 2], mask[2, 4], mask[3, 0] = 255, 128, 127
    assert figures(mask, 0.5) == {
        "width": 5, "height": 4, "mean": round(2 / 20, 6), "decided": 0.9, "box": [2, 1, 5, 3]
    }  # fmt: skip
    assert figures(mask, 0.9)["box"] == [2, 1, 3, 2]
    assert figures(np.full((2, 3), 127, np.uint8), 0.5) == {
        "width": 3, "height": 2, "mean": pytest.approx(127 / 255, abs=1e-6), "decided": 0.0, "box": None
    }  # fmt: skip


def test_a_cut_out_hides_what_is_transparent(tmp_path: Path) -> None:
    photograph = np.random.default_rng(0).integers(1, 256, (2, 3, 3), dtype=np.uint8)
    mask = np.array([[0, 1, 255], [128, 0, 0]], np.uint8)
    files = OutputFiles.of(tmp_path, "x/one")
    assert not files.exist()
    files.write(photograph, mask)
    assert files.exist()
    np.testing.assert_array_equal(files.read_mask(), mask)
    found = np.array(Image.open(tmp_path / "cutouts" / "x" / "one.png"))
    np.testing.assert_array_equal(found, cutout(photograph, mask))
    np.testing.assert_array_equal(found[..., 3], mask)
    np.testing.assert_array_equal(found[..., :3][mask > 0], photograph[mask > 0])
    assert not found[..., :3][mask == 0].any()


def test_a_row_of_the_sheet() -> None:
    photograph = np.full((40, 80, 3), (200, 10, 20), np.uint8)
    mask = np.zeros((40, 80), np.uint8)
    mask[:, :40] = 255
    whole, grey, seen = sheet_row(photograph, mask)
    assert whole.shape == grey.shape == seen.shape == (CELL, CELL, 3)
    middle, left, right = CELL // 2, CELL // 4, 3 * CELL // 4
    assert whole[middle, left].tolist() == seen[middle, left].tolist() == [200, 10, 20]
    assert (grey[middle, left].tolist(), grey[middle, right].tolist()) == ([255] * 3, [0] * 3)
    assert seen[middle, right].tolist() in ([235] * 3, [190] * 3)
    assert whole[0, 0].tolist() == [255] * 3
    assert grey[0, 0].tolist() == [128] * 3
