from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import urllib.error
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tensorflow as tf

from cgn_tf.errors import CommandError
from cgn_tf.weights import hub_source
from cgn_tf.weights.hub_module import HubModuleError, open_hub_module
from tests.foreign_files import HTML_PAGE, LFS_POINTER
from tests.weights.hub_files import check, make_module

TFHUB = "https://tfhub.dev/deepmind/biggan-deep-256/1"
KAGGLE = "deepmind/biggan/tensorFlow1/deep-256"
WAYS = {
    "tfhub": "tfhub.dev handle",
    "kaggle": "Kaggle handle",
    "directory": "module directory",
    "archive": ".tar.gz",
    "torch": "source=torch",
}


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return make_module(tmp_path / "module")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where archives are unpacked."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(path))
    return path


def message_of(source: object, tried: str | None = None) -> str:
    """The message of the refusal, which names every way to the weights but the one that was tried."""
    with pytest.raises(HubModuleError) as caught:
        open_hub_module(str(source))
    message = str(caught.value)
    assert isinstance(caught.value, CommandError)
    assert len(message.splitlines()) == 1
    ways = message.split(" way: ")[1]
    assert [kind for kind, way in WAYS.items() if way not in ways] == [kind for kind in WAYS if kind == tried]
    return message


def archived(
    path: Path, module: Path, root: str = ".", extra: Callable[[tarfile.TarFile], object] | None = None
) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(module, root)
        if extra:
            extra(archive)
    return path


def entry(name: str, content: bytes = b"evil", kind: bytes = tarfile.REGTYPE, target: str = "") -> Any:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        info.size = len(content) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(content))

    return add


@pytest.mark.parametrize("name", ["m.tar.gz", "m.tgz"])
@pytest.mark.parametrize("root", [".", "biggan-deep-256"])
def test_an_archive_is_unpacked_for_a_while(
    name: str, root: str, module: Path, tmp_path: Path, temporary: Path
) -> None:
    with open_hub_module(str(archived(tmp_path / name, module, root))) as opened:
        assert opened.path.is_relative_to(temporary)
        check(opened)
    assert list(temporary.iterdir()) == []
    opened.close()


@pytest.mark.parametrize(
    ("name", "kind", "target", "message"),
    [
        ("../evil", tarfile.REGTYPE, "", "'../evil' leads out of the archive"),
        ("variables/../../evil", tarfile.REGTYPE, "", "leads out of the archive"),
        ("ABSOLUTE/evil", tarfile.REGTYPE, "", "leads out of the archive"),
        ("link", tarfile.SYMTYPE, "/etc/passwd", "'link' is a link or a device"),
        ("link", tarfile.SYMTYPE, "saved_model.pb", "'link' is a link or a device"),
        ("link", tarfile.LNKTYPE, "saved_model.pb", "'link' is a link or a device"),
        ("pipe", tarfile.FIFOTYPE, "", "'pipe' is a link or a device"),
        ("disk", tarfile.BLKTYPE, "", "'disk' is a link or a device"),
    ],
)
def test_entries_that_are_refused(
    name: str, kind: bytes, target: str, message: str, module: Path, tmp_path: Path, temporary: Path
) -> None:
    name = name.replace("ABSOLUTE", str(tmp_path))
    archive = archived(tmp_path / "m.tar.gz", module, extra=entry(name, kind=kind, target=target))
    assert message in message_of(archive, "archive")
    assert list(temporary.iterdir()) == []
    assert list(tmp_path.rglob("evil")) == []


@pytest.mark.parametrize("kind", ["a file", "a header"])
def test_a_bomb(kind: str, module: Path, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_source, "MAX_UNPACKED_BYTES", 2**20)
    check(open_hub_module(str(module)))
    bomb = entry("zeros", bytes(2**22)) if kind == "a file" else entry("x" * 2**21)
    archive = archived(tmp_path / "m.tar.gz", module, extra=bomb)
    assert archive.stat().st_size < 2**18
    assert "it unpacks to more than 1048576 bytes" in message_of(archive, "archive")
    assert list(temporary.iterdir()) == []


def test_a_damaged_archive(module: Path, tmp_path: Path, temporary: Path) -> None:
    content = archived(tmp_path / "m.tar.gz", module).read_bytes()
    path = tmp_path / "cut.tar.gz"
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 16
    for cut in (
        b"",
        content[:5],
        content[:50],
        content[: len(content) // 2],
        content[:-4],
        b"zip" * 99,
        bytes(damaged),
    ):
        path.write_bytes(cut)
        assert "refused or damaged archive" in message_of(path, "archive")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "kind"), [(LFS_POINTER, "a Git LFS pointer; run git lfs pull"), (HTML_PAGE, "an HTML page; download")]
)
def test_what_is_no_archive_is_named(content: bytes, kind: str, tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(content)
    with pytest.raises(HubModuleError, match=rf"refused or damaged archive \(expected a \.tar\.gz, got {kind}"):
        open_hub_module(str(tmp_path / "m.tar.gz"))
    assert list(temporary.iterdir()) == []


def test_an_archive_of_something_else(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "some").mkdir()
    with pytest.raises(HubModuleError, match="missing; expected a whole TF1-Hub module"):
        open_hub_module(str(archived(tmp_path / "m.tar.gz", tmp_path / "some")))
    assert list(temporary.iterdir()) == []


def test_a_tfhub_handle_in_the_cache_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    directory = make_module(tmp_path / hashlib.sha1(TFHUB.encode()).hexdigest())  # noqa: S324
    with open_hub_module(TFHUB) as opened:
        assert opened.path == directory
        check(opened)


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("Name or service not known"),
        urllib.error.HTTPError(TFHUB, 403, "Forbidden", {}, None),  # type: ignore[arg-type]
        tf.errors.PermissionDeniedError(None, None, "two\nlines"),
        ValueError(),
    ],
)
def test_a_tfhub_handle_that_cannot_be_had(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: str) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "tensorflow_hub", ModuleType("tensorflow_hub"))
    monkeypatch.setattr(sys.modules["tensorflow_hub"], "resolve", refuse, raising=False)
    message = message_of(TFHUB, "tfhub")
    assert message.startswith(f"{TFHUB}: could not be fetched ({type(error).__name__}: ")
    if isinstance(error, urllib.error.HTTPError):
        assert "HTTP Error 403: Forbidden" in message
        error.close()


@pytest.mark.parametrize(
    ("source", "handle"),
    [
        (KAGGLE, KAGGLE),
        (f"{KAGGLE}/2", f"{KAGGLE}/2"),
        (f"https://www.kaggle.com/models/{KAGGLE}/1", f"{KAGGLE}/1"),
        (f"https://www.kaggle.com/models/{KAGGLE}?select=x", KAGGLE),
        (
            "https://www.kaggle.com/models/deepmind/biggan/frameworks/TensorFlow1/variations/deep-256/versions/1",
            f"{KAGGLE}/1",
        ),
    ],
)
def test_a_kaggle_handle(source: str, handle: str, module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def download(handle: str) -> str:
        asked.append(handle)
        return str(module)

    monkeypatch.setitem(sys.modules, "kagglehub", ModuleType("kagglehub"))
    monkeypatch.setattr(sys.modules["kagglehub"], "model_download", download, raising=False)
    with open_hub_module(source) as opened:
        check(opened)
    assert asked == [handle]


def test_a_kaggle_handle_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: str) -> str:
        raise RuntimeError("403 Client Error.\n\nYou don't have permission")

    monkeypatch.setitem(sys.modules, "kagglehub", ModuleType("kagglehub"))
    monkeypatch.setattr(sys.modules["kagglehub"], "model_download", refuse, raising=False)
    message = message_of(KAGGLE, "kaggle")
    assert f"{KAGGLE}: could not be fetched (RuntimeError: 403 Client Error. You don't have permission)" in message


def test_a_kaggle_handle_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    assert "pip install kagglehub" in message_of(KAGGLE, "kaggle")


def test_a_directory_comes_before_a_handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_module(tmp_path / KAGGLE)
    monkeypatch.chdir(tmp_path)
    with open_hub_module(KAGGLE) as opened:
        check(opened)


@pytest.mark.parametrize(
    "source",
    ["", "absent", "absent.tar.gz", "/absent/tensorFlow1/x/y", "https://example.org/m.tar.gz", "a\0b",
     "https://www.kaggle.com/models/deepmind/biggan", "deepmind/biggan/pyTorch/x"],
)  # fmt: skip
def test_other_sources(source: str) -> None:
    assert "no such file, directory or handle" in message_of(source)


def test_a_file_that_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"x")
    assert "neither a module nor a handle" in message_of(tmp_path / "x.bin")
