from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cgn_tf.cli.app import run as run_cli
from cgn_tf.serving.client.client import Client, connect
from cgn_tf.types import Triplet
from tests.programs import ROOT
from tests.serving.running import Running


def encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


PNG = encoded(Image.new("RGB", (8, 8), "red"))


@pytest.fixture(params=["grpc", "http"])
def server(request: pytest.FixtureRequest) -> Running:
    """Each transport's server, with nothing left of the test before."""
    found: Running = request.getfixturevalue(f"{request.param}_server")
    found.will()
    return found


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_an_image_for_each_seed(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "images"
    arguments = ["--seeds=7,8,9", "--shapes=3", "--textures=0,1,2", "--truncation=0.5", "--batch_size=2"]
    assert run_cli("client", [f"--server={server.address}", f"--output_dir={folder}", *arguments]) == 0
    out, err = capsys.readouterr()
    names = [f"seed_{seed}_shape_3_texture_{texture}_background_0.png" for seed, texture in ((7, 0), (8, 1), (9, 2))]
    assert out.splitlines() == [str(folder / name) for name in names]
    assert "3/3" in err
    assert sorted(path.name for path in folder.iterdir()) == names
    assert server.asked == 2
    with connect(server.address, "cgn") as asking:
        images = asking.sample([7, 8, 9], Triplet(3, [0, 1, 2], 0), truncation=0.5)
        first = asking.png([7], Triplet(3, 0, 0), truncation=0.5)[0]
    for name, image in zip(names, images, strict=True):
        np.testing.assert_allclose(pixels(folder / name).astype(int), image, atol=1)
    assert (folder / names[0]).read_bytes() == first  # the server's file, not another one of the image


def test_a_sample_grid_of_all_combinations(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--task=sample_grid",
        "--seeds=1,2",
        "--shapes=0,2",
        "--textures=0,1,4",
        "--backgrounds=3",
        "--batch_size=5",
    ]
    assert run_cli("client", [f"--server={server.address}", f"--output_dir={tmp_path}", *arguments]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [str(tmp_path / f"sample_grid_seed_{seed}.png") for seed in (1, 2)]
    assert "12/12" in err
    with connect(server.address, "cgn") as asking:
        image = asking.sample([2], Triplet(2, 4, 3))[0].astype(int)
    sample_grid = pixels(tmp_path / "sample_grid_seed_2.png").astype(int)
    height, width = image.shape[:2]
    # the last cell: two pixels of border, and the text above makes cells wider than images
    rows = sample_grid[-height - 2 : -2]
    distances = [np.abs(rows[:, x : x + width] - image).max() for x in range(rows.shape[1] - width, width, -1)]
    assert min(distances[: 4 * width]) <= 1


def test_an_older_version(http_server: Running, tmp_path: Path) -> None:
    http_server.will()
    for version in (1, 2):
        folder = tmp_path / str(version)
        arguments = [f"--server={http_server.address}", f"--output_dir={folder}", f"--version={version}"]
        assert run_cli("client", arguments) == 0
        with connect(http_server.address, "cgn", version) as asking:
            image = asking.sample([0], Triplet.same(0))[0]
        np.testing.assert_allclose(pixels(next(folder.iterdir())).astype(int), image, atol=1)
    old, new = (pixels(next((tmp_path / version).iterdir())).astype(int) for version in ("1", "2"))
    assert np.abs(old - new).max() > 50


def test_files_are_classified(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [tmp_path / "a.png", tmp_path / "b.jpg"]
    for name, colour in zip(names, ["lime", "blue"], strict=True):
        Image.new("RGB", (20, 30), colour).save(name)
    files = ",".join(map(str, names))
    arguments = ["--task=classify", f"--server={server.address}", f"--files={files}", "--batch_size=1"]
    assert run_cli("client", arguments) == 0
    printed = capsys.readouterr().out.splitlines()
    with connect(server.address, "classifier") as asking:
        found = asking.classify([name.read_bytes() for name in names])
    wanted = zip(names, found.label, found.probabilities.max(axis=1), strict=True)
    assert printed == [f"{name}: {label} ({probability:.1%})" for name, label, probability in wanted]
    assert run_cli("client", [*arguments[:2], f"--files={files},{tmp_path / 'none.png'}"]) == 1
    assert f"error: {tmp_path / 'none.png'}: cannot be read" in capsys.readouterr().err


def test_errors_are_one_line(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"--server={server.address}", f"--output_dir={tmp_path}"]

    def told(*more: str) -> str:
        assert run_cli("client", [*arguments, *more]) == 1
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("error: ")
        return last

    assert "shape_label: expected labels in [0, 5), got" in told("--shapes=9")
    assert "Servable not found for request: Latest(other)" in told("--model=other")
    assert "not found" in told("--model=classifier")
    server.will("code UNAVAILABLE", "code UNAVAILABLE")
    assert "got UNAVAILABLE after 2 attempts" in told("--attempts=2")
    server.will("sleep 20")
    assert "got DEADLINE_EXCEEDED" in told("--timeout=0.4")
    server.will("garbage")
    assert "got INTERNAL" in told()
    assert list(tmp_path.iterdir()) == []
    server.will()


def test_what_was_written_before_an_error_stays(
    http_server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    http_server.will("ok", "garbage")
    arguments = [f"--server={http_server.address}", f"--output_dir={tmp_path}", "--seeds=0,1,2", "--batch_size=2"]
    assert run_cli("client", arguments) == 1
    assert len(capsys.readouterr().out.splitlines()) == len(list(tmp_path.iterdir())) == 2


def test_pngs_that_are_none_or_damaged_are_not_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [f"--output_dir={tmp_path}", "--task=sample_grid"]
    for content, message in (
        (b"GIF89a", "expected PNG files, got other content"),
        (0.5, "expected PNG files, got other content"),
        (PNG[:40], "got a file without the head of a PNG"),
    ):
        monkeypatch.setattr(Client, "png", lambda *_, content=content: [content])
        assert run_cli("client", arguments) == 1
        assert message in capsys.readouterr().err
    monkeypatch.setattr(Client, "png", lambda *_: [PNG])
    assert run_cli("client", arguments) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["sample_grid_seed_0.png"]


def test_over_rest_the_command_needs_neither_tensorflow_nor_keras(http_server: Running, tmp_path: Path) -> None:
    http_server.will()
    program = """
import sys
from cgn_tf.cli.app import run as run_cli
code = run_cli("client", sys.argv[1:])
sys.exit(code or str({"tensorflow", "keras", "grpc"} & set(sys.modules) or "none of them"))
"""
    arguments = [f"--server={http_server.address}", f"--output_dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr.splitlines()[-1] == "none of them"
    (image,) = tmp_path.iterdir()
    assert Image.open(io.BytesIO(image.read_bytes())).size == (32, 32)


def test_wrong_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("client", []) == 2
    assert "--output_dir: expected a directory" in capsys.readouterr().err
    for more, message in [
        ("--server=localhost:8500", "localhost:8500: expected the address of a server, such as grpc://host:8500"),
        ("--server=ftp://x", "ftp://x: expected the address of a server"),
        ("--model=a/b", "expected a name of letters, digits, _, - and ., got 'a/b'"),
    ]:
        assert run_cli("client", [f"--output_dir={tmp_path}", more]) == 1
        assert message in capsys.readouterr().err


ENDS = "0", "9223372036854775807"
AT_LEAST_0 = f"expected a whole number or several, comma separated, at least 0, at most {ENDS[1]}, got"
BEYOND = {
    "--seeds=9223372036854775808": f"{AT_LEAST_0} (9223372036854775808,)",
    "--seeds=0,-1": f"{AT_LEAST_0} (0, -1)",
    "--shapes=9223372036854775808": AT_LEAST_0,
    "--textures=99999999999999999999": AT_LEAST_0,
    f"--backgrounds=0,1{'0' * 400}": AT_LEAST_0,
    "--version=9223372036854775808": f"expected a whole number, at least 0, at most {ENDS[1]}, got",
    f"--version=1{'0' * 400}": f"expected a whole number, at least 0, at most {ENDS[1]}, got",
    "--timeout=1e300": "expected a number, at most 1000000, above 0, got 1e+300",
    "--timeout=1000001": "expected a number, at most 1000000, above 0, got",
    "--timeout=inf": "expected a number, at most 1000000, above 0, got",
    "--attempts=0": "expected a whole number, at least 1, got 0",
}


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "grpc://127.0.0.1:1"])
@pytest.mark.parametrize("flag", BEYOND)
def test_numbers_that_no_request_holds(
    flag: str, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli("client", [f"--output_dir={tmp_path / 'new'}", f"--server={address}", flag]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"error: {flag.partition('=')[0]}: ")
    assert BEYOND[flag] in told
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("flag", [f"--attempts=1{'0' * 400}", f"--batch_size=1{'0' * 400}", "--timeout=1000000"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "grpc://127.0.0.1:1"])
def test_large_numbers_that_can_be(flag: str, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = ["--timeout=0.3"] if "timeout" not in flag else ["--attempts=1"]
    assert run_cli("client", [f"--output_dir={tmp_path}", f"--server={address}", flag, *quick]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert "expected an answer, got UNAVAILABLE" in told


def test_the_largest_numbers_arrive(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"--server={server.address}", f"--output_dir={tmp_path}"]
    assert run_cli("client", [*arguments, f"--seeds={','.join(ENDS)}"]) == 0
    name = "seed_{}_shape_0_texture_0_background_0.png"
    assert sorted(path.name for path in tmp_path.iterdir()) == [name.format(seed) for seed in ENDS]
    assert run_cli("client", [*arguments, f"--version={ENDS[1]}"]) == 1
    assert "got NOT_FOUND" in capsys.readouterr().err.splitlines()[-1]
    assert run_cli("client", [*arguments, f"--shapes={ENDS[1]}"]) == 1
    assert "shape_label: expected labels in [0, 5), got" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("task", ["png", "classify"])
@pytest.mark.parametrize(
    "address", ["http://[::1", "grpc://[::1", "http://host:port", "grpc://host:65536", "http://:1", "grpc://a b:1"]
)
def test_malformed_addresses(address: str, task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = [f"--task={task}", f"--output_dir={tmp_path}", "--files=none.png", f"--server={address}"]
    assert run_cli("client", flags) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"error: {address}: expected the address of a server, such as grpc://host:8500")


@pytest.mark.parametrize(
    ("label", "probabilities"),
    [
        (np.array([10]), np.full((1, 10), 0.1)),
        (np.array([-1]), np.full((1, 10), 0.1)),
        (np.array([0.5]), np.full((1, 10), 0.1)),
        (np.array([0]), np.array([0.1])),
        (np.array([[0]]), np.full((1, 10), 0.1)),
        (np.array([0]), np.zeros((1, 0))),
    ],
)
def test_labels_of_no_class_are_not_taken(
    label: np.ndarray,
    probabilities: np.ndarray,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    answer = {"label": label, "probabilities": probabilities}
    monkeypatch.setattr(Client, "predict", lambda *_: answer)
    assert run_cli("client", ["--task=classify", f"--files={tmp_path / 'a.png'}"]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("error: signature classify: expected an answer, got INTERNAL (expected the label of one of")


def refusing(function: Any, refused: Path, number: int) -> Any:
    """`function`, but for paths in `refused`, where it fails."""

    def call(path: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(path, (str, Path)) and Path(path).is_relative_to(refused):
            raise OSError(number, os.strerror(number), str(path))
        return function(path, *arguments, **options)

    return call


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC], ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("task", ["png", "sample_grid"])
@pytest.mark.parametrize(("module", "function"), [(os, "mkdir"), (io, "open")])
def test_a_directory_that_cannot_be_written(
    module: Any,
    function: str,
    task: str,
    number: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Client, "png", lambda *_: [PNG])
    output = tmp_path / "images"
    monkeypatch.setattr(module, function, refusing(getattr(module, function), output, number))
    assert run_cli("client", [f"--output_dir={output}", f"--task={task}"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: {output}: cannot be written ({os.strerror(number)}); choose another --output_dir."
    )


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_place_of_the_directory(below: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    output = tmp_path / "file" / below
    assert run_cli("client", [f"--output_dir={output}"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    where = f", {tmp_path / 'file'}" if below else ""
    assert told == f"error: {output}: expected a directory, got a file{where}; choose another --output_dir."
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOENT], ids=errno.errorcode.__getitem__)
def test_a_file_to_classify_that_cannot_be_read(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    monkeypatch.setattr(io, "open", refusing(io.open, file, number))
    assert run_cli("client", ["--task=classify", f"--files={file}"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told == f"error: {file}: cannot be read ({os.strerror(number)}); check --files."
