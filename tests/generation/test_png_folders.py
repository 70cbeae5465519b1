from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf.generation.png_folders import PngFolder, header
from cgn_tf.generation.record_files import Records
from cgn_tf.types import Triplet

RECORDS = Records({"image": np.array([b"one", b"two"], object)}, Triplet(*np.array([[0, 1], [1, 1], [2, 0]])))


def test_labels_alone(tmp_path: Path) -> None:
    assert header() == "path,shape,texture,background\n"
    with PngFolder(tmp_path, 3, 7) as folder:
        assert folder.add(RECORDS) == ["png/00003/00000007.png,0,1,2\n", "png/00003/00000008.png,1,1,0\n"]
        folder.complete()
    assert (tmp_path / "png/00003/00000008.png").read_bytes() == b"two"


def test_names_have_columns_of_their_own(tmp_path: Path) -> None:
    names = ["cat", 'a "big", dog', "Schiff"]
    assert header(names) == "path,shape,texture,background,shape_name,texture_name,background_name\n"
    with PngFolder(tmp_path, 0, 0, names) as folder:
        rows = folder.add(RECORDS)
    assert rows[0] == 'png/00000/00000000.png,0,1,2,cat,"a ""big"", dog",Schiff\n'
