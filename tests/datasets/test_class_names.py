from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgn_tf.datasets import class_names
from cgn_tf.datasets.class_names import ClassNames, load_class_names
from cgn_tf.errors import CommandError
from tests.foreign_files import HTML_PAGE, LFS_POINTER

IDS = ["n01440764", "n01443537", "n02012849", "n03126707"]
CRANES = ClassNames(["tench", "goldfish", "crane", "coral  reef"], IDS)


@pytest.fixture(autouse=True)
def no_keras_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Keras would have its index, which this machine may really have elsewhere."""
    path = tmp_path / "keras" / "imagenet_class_index.json"
    monkeypatch.setattr(class_names, "KERAS_INDEX", path)
    return path


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 1),
        ("n02012849", 2),
        ("N02012849", 2),
        ("goldfish", 1),
        ("Goldfish", 1),
        (" goldfish ", 1),
        ("Coral_reef", 3),
    ],
)
def test_a_class_by_index_id_or_name(text: str, index: int) -> None:
    assert CRANES.index(text) == index


def test_spaces_and_underscores_are_the_same() -> None:
    names = ClassNames(["great_white_shark", "tiger shark"])
    assert [names.index(text) for text in ("great white shark", "Great_White_Shark", "tiger_shark")] == [0, 0, 1]


@pytest.mark.parametrize(
    ("names", "ids", "text", "message"),
    [
        (["a", "crane", "b", "crane"], IDS, "crane", "1 (n01443537), 3 (n03126707); give n01443537 or n03126707."),
        (["Cardigan", "a", "b", " cardigan"], IDS, "CARDIGAN", "0 (n01440764), 3 (n03126707); give n01440764 or n03126"
         "707."),
        (["a", "b_c", "d", "B  c"], IDS, "b c", "1 (n01443537), 3 (n03126707); give n01443537 or n03126707."),
        (["a", "b", "a", "A"], [], "a", "0 (a), 2 (a), 3 (A); give 0 or 2 or 3."),
        (["a"] * 7, [], "a", "0 (a), 1 (a), 2 (a), 3 (a), 4 (a) and 2 more; give 0 or 1 or 2 or 3 or 4."),
        (["a", "b", "1", "c"], IDS, "1", "1 (n01443537), 2 (n02012849); give n01443537 or n02012849."),
        (["a", "n01440764", "b", "c"], IDS, "n01440764", "0 (n01440764), 1 (n01443537); give 0 or n01443537."),
        (["7", "b", "0"], [], "0", "0 (7), 2 (0); give 2."),
        (["1", "0"], [], "1", "0 (1), 1 (0); give classes names of their own in `class_names`."),
    ],
)  # fmt: skip
def test_what_several_classes_are_called_is_refused(names: list[str], ids: list[str], text: str, message: str) -> None:
    with pytest.raises(CommandError, match=r"expected one class, got what \d are called: ") as caught:
        ClassNames(names, ids).index(text)
    assert str(caught.value).startswith(f"class {text!r}: ")
    assert str(caught.value).endswith(message)


def test_what_only_one_class_is_called_is_not_refused() -> None:
    names = ClassNames(["crane", "0 a", "crane", "3"], IDS)
    assert [names.index(text) for text in ("0", "1", "2", "3", "0_a", "n01440764", "n02012849")] == [
        0,
        1,
        2,
        3,
        1,
        0,
        2,
    ]


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
    assert ClassNames(["a", "b", "a", "c"], IDS).unique == IDS
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
        ("names.txt", "\ufeffa b\r\nStraße\r\nc,d"),
        ("names.JSON", "\ufeff" + json.dumps(["a b", " Straße", "c,d"], ensure_ascii=False)),
        ("index.json", json.dumps({"2": "c,d", "0": "a b", "1": "Straße"})),
    ],
)
def test_files_of_names(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert load_class_names(3, str(tmp_path / name)).names == ["a b", "Straße", "c,d"]


WNIDS = load_class_names(1000).ids


def in_form(form: str, pairs: list[tuple[str, str]]) -> str:
    """A file of ids and names."""
    if form == "index.json":
        return json.dumps({str(i): pair for i, pair in enumerate(pairs)})
    if form == "by_id.json":
        return json.dumps(dict(pairs))
    if form == "pairs.json":
        return json.dumps(pairs)
    if form == "texts.json":
        return json.dumps([f"{wnid}: {name}" for wnid, name in pairs])
    if form == "reversed_pairs.json":
        return json.dumps([pair[::-1] for pair in pairs])
    if form == "capitals.json":
        return json.dumps({wnid.upper(): name for wnid, name in pairs})
    if form == "underscores.json":
        return json.dumps([f"{wnid.upper()}_{name}" for wnid, name in pairs])
    line = LINES[form]
    return "".join(line.format(id=wnid, name=name, number=i) + "\n" for i, (wnid, name) in enumerate(pairs))


LINES = {
    "synsets.txt": "{id} {name}",
    "tabs.txt": "{id}\t{name}",
    "commas.csv": "{id},{name}",
    "hyphens.txt": "{id}-{name}",
    "last.txt": "{name}\t{id}",
    "last.csv": "{name},{id}",
    "quoted.csv": '"{id}","{name}"',
    "quoted_last.csv": '"{name}","{id}"',
    "quoted_whole.txt": "'{id}: {name}'",
    "numbers_and_ids.csv": "{number},{id},{name}",
}
FORMS = [
    "index.json",
    "by_id.json",
    "pairs.json",
    "texts.json",
    "reversed_pairs.json",
    "capitals.json",
    "underscores.json",
    *LINES,
]


@pytest.mark.parametrize("form", FORMS)
def test_the_ids_of_a_file_decide_which_class_has_which_name(form: str, tmp_path: Path) -> None:
    pairs = [(wnid, f"name {i}, other {i}") for i, wnid in enumerate(WNIDS)]
    (tmp_path / form).write_text(in_form(form, pairs[::-1][500:] + pairs[500:]))
    found = load_class_names(1000, str(tmp_path / form))
    assert found.names == [f"name {i}, other {i}" for i in range(1000)]
    assert found.ids == WNIDS
    assert found.index("name 7, other 7") == found.index(WNIDS[7]) == 7


@pytest.mark.parametrize(
    "line", ["{0}: {1}", "{0},{1}", "{0}\t{1}", "{0} {1}", '"{0}","{1}"', " {0:03d} : {1}", '{0}, "{1}"']
)
@pytest.mark.parametrize("suffix", ["txt", "json"])
def test_the_numbers_of_a_file_decide_which_class_has_which_name(line: str, suffix: str, tmp_path: Path) -> None:
    texts = [line.format(i, f"name {i}, other") for i in sorted(range(12), key=str)]
    assert "name 10" in texts[2]
    (tmp_path / f"a.{suffix}").write_text(json.dumps(texts) if suffix == "json" else "\n".join(texts))
    assert load_class_names(12, str(tmp_path / f"a.{suffix}")).names == [f"name {i}, other" for i in range(12)]


@pytest.mark.parametrize(
    "names", [["5 cents", "1 euro"], ["0: a", "b"], ["3d", "2d"], ["7", "4"], ["_n0144076", "an01440764"]]
)
def test_names_that_only_look_like_indices_or_ids(names: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(names))
    assert load_class_names(2, str(tmp_path / "a.txt")).names == names


def test_the_shared_index_in_another_order(shared: Path) -> None:
    found = load_class_names(1000, str(shared / "cases" / "index_other_order.json"))
    others = {134: "crane", 517: "crane", 638: "maillot", 639: "maillot"}
    assert found.names == [others.get(i, f"class {i}") for i in range(1000)]
    with pytest.raises(CommandError, match=r"134 .n02012849., 517 .n03126707.; give n02012849 or n03126707\.$"):
        found.index("crane")


def test_ids_alone_are_names(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("\n".join(WNIDS[::-1]))
    assert load_class_names(1000, str(tmp_path / "ids.txt")).names == WNIDS


@pytest.mark.parametrize("form", ["index.json", "pairs.json", "synsets.txt"])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({5: ("n99999999", "a")}, f"unknown: n99999999; missing: {WNIDS[5]}."),
        ({5: (WNIDS[6], "a")}, f"more than once: {WNIDS[6]}; missing: {WNIDS[5]}."),
        (dict.fromkeys(range(5), ("n99999999", "a")), f"unknown: n99999999; more than once: n99999999; missing: "
         f"{WNIDS[0]}, {WNIDS[1]}, {WNIDS[2]} and 2 more."),
    ],
)  # fmt: skip
def test_ids_that_are_not_those_of_the_model(
    form: str, changed: dict[int, tuple[str, str]], message: str, tmp_path: Path
) -> None:
    pairs = [(wnid, f"name {i}") for i, wnid in enumerate(WNIDS)]
    for index, pair in changed.items():
        pairs[index] = pair
    (tmp_path / form).write_text(in_form(form, pairs))
    with pytest.raises(CommandError, match="expected each of the model's 1000 WordNet ids once, or none") as caught:
        load_class_names(1000, str(tmp_path / form))
    assert str(caught.value).endswith(f"got {message}")


def test_ids_of_some_names_alone(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join([*(f"{wnid} name" for wnid in WNIDS[:-1]), "toilet tissue"]))
    with pytest.raises(CommandError, match=f"got no id: toilet tissue; missing: {WNIDS[-1]}"):
        load_class_names(1000, str(tmp_path / "names.txt"))


@pytest.mark.parametrize("form", FORMS)
def test_a_model_without_ids_has_nothing_to_map_by(form: str, tmp_path: Path) -> None:
    (tmp_path / form).write_text(in_form(form, [(WNIDS[i], f"name {i}") for i in range(10)]))
    with pytest.raises(CommandError, match=f"expected names alone, in the order of the model's 10 classes, got some "
                       f"with an id .{WNIDS[0]}, {WNIDS[1]}, {WNIDS[2]} and 7 more.; the ids of"):  # fmt: skip
        load_class_names(10, str(tmp_path / form))


def test_another_number_of_classes(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("a\nb\n")
    with pytest.raises(CommandError, match=r"names\.txt: expected the names of 10 classes, got 2\."):
        load_class_names(10, str(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", b"{", "something else (Expecting property name"),
        ("x.json", b"5", "something else (5)"),
        ("x.json", b"null", "something else (null)"),
        ("x.json", b"[" * 100_000, "something else (maximum recursion depth"),
        ("x.json", b'{"1": "b"}', "(keys 1 and none of 0, not 0 to 0)"),
        ("x.json", b'{"1": "b", "2": "c"}', "(keys 2 and none of 0, not 0 to 1)"),
        ("x.json", b'{"0": "b", "01": "c"}', "(keys 01 and none of 1, not 0 to 1)"),
        ("x.json", b'{"0": "b", "1": "c", "0": "d"}', "(the key 0 more than once)"),
        ("x.json", b'{"n01440764": "b", "n01440764": "c"}', "(the key n01440764 more than once)"),
        ("x.json", b'{"n01440764": ["b", "c"]}', '(key n01440764: ["n01440764", ["b", "c"]])'),
        ("x.json", b'["a", null]', "(entry 1: null)"),
        ("x.json", b'["a", 3]', "(entry 1: 3)"),
        ("x.json", b'{"0": true}', "(key 0: true)"),
        ("x.json", b'[["only"]]', '(entry 0: ["only"])'),
        ("x.json", b'[["n01440764", "a", "b"]]', '(entry 0: ["n01440764", "a", "b"])'),
        ("x.json", b'[["n01440764", ["a"]]]', '(entry 0: ["n01440764", ["a"]])'),
        ("x.json", b'[[1, "a"]]', '(entry 0: [1, "a"])'),
        ("x.json", b'["a", " "]', "(entry 1: a name that is empty)"),
        ("x.json", b'[["n01440764", ""]]', "(entry 0: a name that is empty)"),
        ("x.json", b'["a\\nb"]', "(entry 0: a name that is broken into lines)"),
        ("x.txt", "a\u2028b\n".encode(), "(line 1: a name that is broken into lines)"),
        ("x.json", b'[["tench", "goldfish"]]', '(entry 0: ["tench", "goldfish"])'),
        ("x.json", b'["a tench n01440764 b"]', '(entry 0: "a tench n01440764 b", where an id is neither first nor'),
        ("x.txt", b"a\n(n01440764) b", '(line 2: "(n01440764) b", where an id is neither first nor last'),
        ("x.txt", b"n01440764,", '(line 1: "n01440764,", where'),
        ("x.txt", b"N01440764 a n01443537", '(line 1: "N01440764 a n01443537", where'),
        ("x.txt", b"a,n01440764.jpg", '(line 1: "a,n01440764.jpg", where'),
        ("x.csv", b'"n01440764",""', "(line 1: a name that is empty)"),
        ("x.txt", b"1: a\n2: b", "(numbers 2 and none of 0, not 0 to 1)"),
        ("x.txt", b"0,a\n1,b\n0,c", "(the number 0 more than once)"),
        ("x.txt", b"0\ta\n1\t", "(number 1: a name that is empty)"),
        ("x.json", b'["5: a", "0: b"]', "(numbers 5 and none of 1, not 0 to 1)"),
        ("x.txt", b"{0: 'tench, Tinca tinca',\n 1: 'goldfish'}", "(a dictionary or a list of Python or JSON; save it"),
        ("x.txt", b'["tench",\n"goldfish"]', "(a dictionary or a list of Python or JSON; save it as JSON, in"),
        ("x.txt", b"\xff\xfe", "something else ('utf-8' codec can't decode"),
        ("x.txt", b"", "got an empty file"),
        ("x.json", LFS_POINTER, "got a Git LFS pointer; run git lfs pull"),
        ("x.txt", HTML_PAGE, "got an HTML page; download the file itself"),
    ],
)
def test_files_of_something_else(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        CommandError, match=f"{name}: expected names, one a line, or as JSON a list or Keras' class index, got "
    ) as caught:  # fmt: skip
        load_class_names(1, str(tmp_path / name))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none: cannot be read .No such file or directory.; give a file of names"):
        load_class_names(10, str(tmp_path / "none"))
    with pytest.raises(CommandError, match=r"cannot be read .Is a directory"):
        load_class_names(10, str(tmp_path))
