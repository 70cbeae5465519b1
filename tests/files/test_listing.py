from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cgn_tf.datasets.digits.textures import load_textures
from cgn_tf.errors import CommandError
from cgn_tf.experiments.results import read_results
from cgn_tf.files.listing import names_in
from cgn_tf.render.film_of_run import find_sample_grids


def test_names(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == [".hidden", "a", "b"]
    assert names_in(tmp_path / "none") == names_in(tmp_path / "a") == []


READERS: dict[str, Callable[[Path], object]] = {
    "object": lambda place: load_textures(str(place)),
    "sample_grids": lambda place: find_sample_grids(place, "parts"),
    "colored_mnist": read_results,
}


@pytest.mark.parametrize("folder", READERS)
def test_a_folder_that_cannot_be_read_is_no_empty_one(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / "config.json").write_text("{}")
    listed, scanned = os.listdir, os.scandir

    def refuse(path: str | Path) -> None:
        if Path(path).name == folder:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "listdir", lambda path: refuse(path) or listed(path))
    monkeypatch.setattr(os, "scandir", lambda path: refuse(path) or scanned(path))
    with pytest.raises(CommandError, match=f"{folder}: cannot be read \\(Permission denied\\)"):
        READERS[folder](tmp_path)
