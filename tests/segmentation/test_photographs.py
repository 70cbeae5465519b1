from __future__ import annotations

from pathlib import Path

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.segmentation.photographs import find_photographs, output_names


@pytest.mark.parametrize(
    ("names", "outputs"),
    [
        (("a.jpg", "b/a.png", "c"), ("a", "b/a", "c")),
        (("a.jpg", "a.png", "b.jpg"), ("a.jpg", "a.png", "b")),
        (("A.jpg", "a.png"), ("A.jpg", "a.png")),
        (("a.jpg", "a.jpg.gif", "a.png"), ("a.jpg", "a.jpg.gif", "a.png")),
        (("A.jpg", "a.jpg"), ("A.jpg~0", "a.jpg~1")),
        (("one.two.jpg", "one.three.jpg"), ("one.two", "one.three")),
    ],
)
def test_no_two_photographs_share_a_name(names: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    assert output_names(names) == outputs
    assert len({output.casefold() for output in outputs}) == len(names)


def test_files_at_any_depth(tmp_path: Path) -> None:
    for name in ("b.jpg", "x/y/a.png", "x/a.png", ".hidden.png", "Thumbs.db", "x/.cache/a.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).touch()
    found = find_photographs(str(tmp_path / "photos"), str(tmp_path / "out"))
    assert found.root == tmp_path / "photos"
    assert found.names == ("b.jpg", "x/a.png", "x/y/a.png")
    assert found.outputs == ("b", "x/a", "x/y/a")


def test_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert find_photographs(str(tmp_path / "a.jpg"), str(tmp_path / "out")) == (tmp_path, ("a.jpg",), ("a",))


def test_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="none: expected photographs, got no such file or directory; give another"):
        find_photographs(str(tmp_path / "none"), "out")
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    with pytest.raises(CommandError, match="empty: expected photographs, got a directory without files"):
        find_photographs(str(tmp_path / "empty"), "out")
    with pytest.raises(CommandError, match=r"masks: expected a directory outside of .*empty, so that masks do not"):
        find_photographs(str(tmp_path / "empty"), str(tmp_path / "empty" / "masks"))
