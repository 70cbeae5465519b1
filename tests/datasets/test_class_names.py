from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgn_tf.datasets import class_names
from cgn_tf.datasets.class_names import ClassNames, load_class_names
from cgn_tf.errors import CommandError

IDS = ["n01440764", "n01443537", "n02012849", "n03126707"]
CRANES = ClassNames(["tench", "goldfish", "crane", "crane"], IDS)


@pytest.fixture(autouse=True)
def no_keras_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Keras would have its index, which this machine may really have elsewhere."""
    path = tmp_path / "keras" / "imagenet_class_index.json"
    monkeypatch.setattr(class_names, "KERAS_INDEX", path)
    return path


@pytest.mark.parametrize(
    ("text", "index"),
    [("1", 1), ("n02012849", 2), ("N02012849", 2), ("goldfish", 1), ("Goldfish", 1), (" goldfish ", 1), ("crane", 2)],
)
def test_a_class_by_index_id_or_name(text: str, index: int) -> None:
    assert CRANES.index(text) == index


def test_spaces_and_underscores_are_the_same() -> None:
    names = ClassNames(["great_white_shark", "tiger shark"])
    assert [names.index(text) for text in ("great white shark", "Great_White_Shark", "tiger_shark")] == [0, 0, 1]


def test_an_index_comes_before_a_name() -> None:
    assert ClassNames(["1", "0"]).index("1") == 1


def test_an_unknown_class_suggests_similar_ones() -> None:
    with pytest.raises(CommandError, match=r"^class 'goldfisch': expected an index from 0 to 3, a WordNet id or a "
                       r"name; did you mean goldfish\?$"):  # fmt: skip
        CRANES.index("goldfisch")
    for text in ("4", "-1", "", "1.0", "n00000000x"):
        with pytest.raises(CommandError, match=f"^class {text!r}: expected an index from 0 to 3"):
            CRANES.index(text)


def test_where_only_ids_are_known_the_error_says_how_to_have_names() -> None:
    with pytest.raises(CommandError, match="expected an index from 0 to 3, a WordNet id; for names give `class_names`"):
        ClassNames(IDS, IDS).index("zebra")
    with pytest.raises(CommandError, match=r"expected an index from 0 to 9 or a name\.$"):
        load_class_names(10).index("eleven")


def test_names_that_no_other_class_has() -> None:
    assert CRANES.unique == IDS
    assert ClassNames(["a", "b"]).unique == ["a", "b"]
    assert ClassNames(["a", "b", "a"]).unique == ["0", "1", "2"]


def test_digits() -> None:
    names = load_class_names(10)
    assert (names.names, names.unique, names.ids) == (list("0123456789"), list("0123456789"), [])
    assert names.index("7") == 7


def test_imagenet_by_id() -> None:
    names = load_class_names(1000)
    assert names.names == names.ids == names.unique
    assert (names.ids[0], names.ids[999], names.index("n02009229")) == ("n01440764", "n15075141", 131)
    assert names.ids == sorted(set(names.ids))


def test_the_ids_are_those_of_the_list(shared: Path) -> None:
    assert load_class_names(1000).ids == (shared / "data" / "imagenet_wnids.txt").read_text().split()


def keras_index(path: Path, names: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = load_class_names(1000).ids[: len(names)]
    path.write_text(json.dumps({str(i): pair for i, pair in enumerate(zip(ids, names, strict=True))}))
    return path


def test_the_index_that_keras_has_is_picked_up(no_keras_index: Path, tmp_path: Path) -> None:
    names = [f"Class_{i}" for i in range(1000)]
    keras_index(no_keras_index, names)
    found = load_class_names(1000)
    assert (found.names, found.index("class 3"), found.index(found.ids[5])) == (names, 3, 5)
    assert load_class_names(10).names == list("0123456789")  # for ImageNet alone
    (tmp_path / "mine.txt").write_text("\n".join(f"mine {i}" for i in range(1000)))
    assert load_class_names(1000, str(tmp_path / "mine.txt")).names[0] == "mine 0"  # a file comes first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.txt", "a b\n\n  Straße  \nc,d\n"),
        ("names.json", json.dumps(["a b", "Straße", "c,d"])),
        ("index.json", json.dumps({"2": ["n3", "c,d"], "0": ["n1", "a b"], "1": ["n2", "Straße"]})),
        ("index.json", json.dumps({"0": "a b", "1": "Straße", "2": "c,d"})),
    ],
)
def test_files_of_names(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert load_class_names(3, str(tmp_path / name)).names == ["a b", "Straße", "c,d"]


def test_another_number_of_classes(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("a\nb\n")
    with pytest.raises(CommandError, match=r"names\.txt: expected the names of 10 classes, got 2\."):
        load_class_names(10, str(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", b"{"),
        ("x.json", b"5"),
        ("x.json", b'{"1": "b"}'),
        ("x.json", b'[["only"]]'),
        ("x.txt", b"\xff\xfe"),
    ],
)
def test_files_of_something_else(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=f"{name}: expected names, one a line, or as JSON a list or Keras' class in"):
        load_class_names(1, str(tmp_path / name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none: cannot be read .No such file or directory.; give a file of names"):
        load_class_names(10, str(tmp_path / "none"))
    with pytest.raises(CommandError, match=r"cannot be read .Is a directory"):
        load_class_names(10, str(tmp_path))
