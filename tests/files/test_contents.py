from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree, compared, contents


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_one_file_has_its_sha256_and_several_have_that_of_theirs(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"first")
    two.write_bytes(b"second")
    found = contents({"digits": [one], "textures": [one, two], "weights": []})
    both = sha256(f"{sha256(b'first')}\n{sha256(b'second')}".encode())
    assert found == {"contents": {"digits_sha256": sha256(b"first"), "textures_sha256": both}}
    assert contents({"textures": [two, one]}) != contents({"textures": [one, two]})
    assert contents({"weights": []}) == {}


def test_of_a_tree_the_names_count_and_not_the_place(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"first")
        (tmp_path / folder / "b").write_bytes(b"first")
    found = contents({"data_dir": FileTree(tmp_path / "here", ["a"])})
    line = f"{sha256(b'first')}  a\n"
    assert found == {"contents": {"data_dir_sha256": sha256(line.encode())}}
    assert contents({"data_dir": FileTree(tmp_path / "there", ["a"])}) == found
    assert contents({"data_dir": FileTree(tmp_path / "there", ["b"])}) != found
    with pytest.raises(CommandError, match=r"`data_dir`: .*/here/gone cannot be read \(No such file"):
        contents({"data_dir": FileTree(tmp_path / "here", ["a", "gone"])})


def test_a_tree_may_have_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").symlink_to("nowhere")

    def digest(*names: str) -> dict[str, dict[str, str]]:
        return contents({"data_dir": FileTree(tmp_path, names, all_readable=False)})

    found = digest("a", "b")
    line = f"{sha256(b'first')}  a\nunreadable  b\n"
    assert found == {"contents": {"data_dir_sha256": sha256(line.encode())}}
    assert digest("a", "c") != found, "its name counts"
    (tmp_path / "nowhere").write_bytes(b"second")
    assert digest("a", "b") != found, "it can be read now"


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"`digits`: .*/gone cannot be read \(No such file"):
        contents({"digits": [tmp_path / "gone"]})


def test_only_what_both_have_recorded_is_compared() -> None:
    old = {"contents": {"digits_sha256": "a", "textures_sha256": "b", "generator_sha256": "c"}}
    new = {"contents": {"digits_sha256": "a", "textures_sha256": "x", "backbone_sha256": "d"}}
    assert compared(old, new) == {"digits": True, "textures": False}
    assert compared({}, new) == compared(old, {}) == compared({"contents": 3}, new) == {}
