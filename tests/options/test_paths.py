"""Every option that is a path, of every command: what may be typed, and what becomes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.cli.app import run as run_cli
from cgn_tf.cli.app import run_command
from cgn_tf.cli.table import COMMANDS, imported
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.experiments import reproduce_config
from cgn_tf.files.command_paths import check_paths
from cgn_tf.options.command_line import parse
from cgn_tf.options.declaration import TUPLES, Leaf, check_options, leaves, path_option, sections
from cgn_tf.options.flags import changed_flags
from cgn_tf.options.parts import part_fields
from cgn_tf.options.paths import PathUse, join_list, split_list

TEXTS = {
    ("generate", "classes"),
    ("train_classifier", "method"),
    ("train", "callbacks"),
    ("train_classifier", "callbacks"),
    ("client", "server"),
    ("client", "model"),
    ("benchmark", "configurations"),
    ("build_challenge", "classes"),
    ("evaluate", "imagenet_sets"),
}
"""Options that take any text, and are no paths."""

# What makes a section of options valid besides the option that is looked at.
NEEDED = {
    "GenerateConfig": ["--model=m", "--output_dir=o"],
    "ClassifierDataConfig": ["--training_data=mixed", "--counterfactuals=c"],
    "ExportConfig": ["--model=m", "--output_dir=o"],
    "FilmConfig": ["--workdir=w"],
    "AblateConfig": ["--workdir=w"],
    "ImagesConfig": ["--output_dir=o"],
    "RunConfig": ["--workdir=w"],
    "ClassifierRunConfig": ["--workdir=w"],
    "TrainRunConfig": ["--workdir=w"],
    "ConvertConfig": ["--input=i", "--output=o"],
    "SegmentConfig": ["--images=i", "--masker_weights=m", "--output_dir=o"],
    "BuildChallengeConfig": ["--images=i", "--masks=alpha", "--output_dir=o"],
}
FOR_PARTS = ["--source=parts", "--input=", "--backbone=b", "--masker=m"]
NEEDED_BY = {
    "backbone": FOR_PARTS,
    "masker": FOR_PARTS,
    "generator": ["--reference=generator"],
    "cgn_weights": ["--methods=published_weights"],
    "score_real": ["--score_feature_weights=w"],
    "score_feature_weights": ["--score_real=r"],
    "BuildChallengeConfig.masker_weights": ["--masks="],
    "BuildChallengeConfig.model": ["--images=", "--masks="],
    "BuildChallengeConfig.class_names": ["--images=", "--masks=", "--model=m"],
}
"""What an option needs that is read in some cases only."""


def owned(config_class: type) -> Iterator[tuple[type, Leaf]]:
    """Every option of a configuration class, with the section that it stands in."""
    for leaf in leaves(config_class):
        yield config_class, leaf
    for _, section in sections(config_class):
        yield from owned(section)
    for _, classes in part_fields(config_class):
        for options_class in classes:
            yield from owned(options_class)


OPTIONS = [(name, *found) for name, command in COMMANDS.items() for found in owned(imported(command.config))]
PATHS = [pytest.param(*found, id=f"{found[0]}-{found[2].name}") for found in OPTIONS if found[2].option.path]
SECTIONS = {(found[1], found[2].name): found[1:] for found in OPTIONS if found[2].option.path}
OWNED = [pytest.param(*found, id=f"{found[0].__name__}-{found[1].name}") for found in SECTIONS.values()]


def section(owner: type, leaf: Leaf, *arguments: str) -> Any:
    """The section of an option, out of the arguments that set it and those that the section needs besides."""
    sometimes = [] if owner.__name__ == "BackboneOptions" else NEEDED_BY.get(leaf.name, [])
    sometimes = [*sometimes, *NEEDED_BY.get(f"{owner.__name__}.{leaf.name}", [])]
    return parse(owner, [*NEEDED.get(owner.__name__, []), *sometimes, *arguments])


def parsed(owner: type, leaf: Leaf, *arguments: str) -> Any:
    """The value of an option; see `section`."""
    return getattr(section(owner, leaf, *arguments), leaf.name)


def as_value(leaf: Leaf, *paths: str) -> Any:
    return paths if leaf.kind in TUPLES else paths[0]


def named(owner: type, leaf: Leaf, place: str) -> str:
    """A name that the option takes: some hold a name's ending to be that of a format, or a path to be there."""
    if owner.__name__ == "FilmConfig" and leaf.name == "output":
        return f"{place}.webp"
    return place


@pytest.fixture
def anything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that options hold to be there are."""
    monkeypatch.setattr(reproduce_config, "is_missing", lambda path: False)


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory with nothing allowed to it, also for a superuser, to whom permissions are nothing."""
    place = tmp_path / "forbidden"
    place.mkdir()
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: place not in (path, *path.parents) and allowed(path, mode))
    return place


def test_every_text_is_a_path_or_known_to_be_none() -> None:
    texts = {
        (command, leaf.name)
        for command, _, leaf in OPTIONS
        if leaf.kind in (str, tuple[str, ...]) and leaf.option.choices is None and leaf.option.path is None
    }
    assert texts == TEXTS


@pytest.mark.parametrize("address", ["gs://bucket/run", "s3://bucket", "file:/tmp/run", "https://host/x"])
@pytest.mark.parametrize(("command", "owner", "leaf"), PATHS)
def test_an_address_of_other_storage_is_refused_by_every_command(
    command: str, owner: type, leaf: Leaf, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if leaf.option.path and leaf.option.path.addresses and address.startswith("https://"):
        assert parsed(owner, leaf, f"--{leaf.name}={address}") == address
        return
    before = set(os.listdir())
    needed = ["--workdir=w"] if command == "train" else []  # whose absence would be told first
    if command == "convert":
        needed = ["--input=i", "--output=o"]
    assert run_cli(command, [*needed, f"--{leaf.name}={address}"]) == 2
    assert f"error: --{leaf.name}: expected a path on this machine, got '{address}'" in capsys.readouterr().err
    assert set(os.listdir()) == before


@pytest.mark.parametrize(("owner", "leaf"), OWNED)
@pytest.mark.usefixtures("anything_is_there")
class TestEveryPath:
    def test_a_tilde_is_the_home_directory(
        self, owner: type, leaf: Leaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        found = parsed(owner, leaf, f"--{leaf.name}={named(owner, leaf, '~/one')}")
        assert found == as_value(leaf, named(owner, leaf, str(tmp_path / "one")))

    @pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "~~"])
    def test_an_unknown_home_directory_is_refused(self, owner: type, leaf: Leaf, typed: str) -> None:
        with pytest.raises(ConfigError, match=f"^--{leaf.name}: expected a path, got '~.*no such home directory"):
            parsed(owner, leaf, f"--{leaf.name}={typed}")

    @pytest.mark.parametrize("quoted", ['"{}"', "'{}'", '"{}"  # a comment'])
    def test_quotes_in_a_flag_file_are_taken_off(self, owner: type, leaf: Leaf, quoted: str, tmp_path: Path) -> None:
        place = named(owner, leaf, "runs/a dir #1/x")
        (tmp_path / "a.flags").write_text(f"# flags\n--{leaf.name}={quoted.format(place)}\n")
        assert parsed(owner, leaf, f"--flagfile={tmp_path / 'a.flags'}") == as_value(leaf, place)

    @pytest.mark.parametrize("name", ["a[1]", "ü/日本", "*?{}", "it's", "a b", "-x", "x#y", "a=b", "$HOME", "a:b"])
    def test_other_names_are_kept(self, owner: type, leaf: Leaf, name: str) -> None:
        place = named(owner, leaf, f"./{name}/x")
        assert parsed(owner, leaf, f"--{leaf.name}={place}") == as_value(leaf, place)

    @pytest.mark.parametrize("typed", [" a", "a ", " ~/a", " gs://bucket", "\ta"])
    def test_spaces_at_the_ends_are_refused_or_those_of_a_list(self, owner: type, leaf: Leaf, typed: str) -> None:
        if leaf.kind in TUPLES and typed.strip() == "a":
            assert parsed(owner, leaf, f"--{leaf.name}={typed},b ") == ("a", "b")
        elif leaf.kind not in TUPLES:
            with pytest.raises(ConfigError, match=f"^--{leaf.name}: expected a path without spaces at its ends"):
                parsed(owner, leaf, f"--{leaf.name}={typed}")

    def test_a_comma_is_part_of_a_path_and_parts_a_list(self, owner: type, leaf: Leaf) -> None:
        place = named(owner, leaf, "a,b")
        if leaf.kind in TUPLES:
            assert parsed(owner, leaf, f"--{leaf.name}=a\\,b, c") == ("a,b", "c")
            assert parsed(owner, leaf, f"--{leaf.name}=a,b") == ("a", "b")
        else:
            assert parsed(owner, leaf, f"--{leaf.name}={place}") == place

    def test_no_permission_is_found_before_the_work(self, owner: type, leaf: Leaf, forbidden: Path) -> None:
        place = forbidden
        if leaf.option.path is not None and leaf.option.path.use is PathUse.WRITE_FILE:
            place = forbidden / named(owner, leaf, "file")
        config = section(owner, leaf, f"--{leaf.name}={place}")
        verb = "read" if leaf.option.path is not None and leaf.option.path.use is PathUse.READ else "written"
        with pytest.raises(CommandError, match=f"^{place}: cannot be {verb} \\(no permission.*`{leaf.name}`\\.$"):
            check_paths(config)

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("a\0b", "expected a path, got one with a NUL character"),
            ("a\udcc3", "expected a path in UTF-8, got 'a"),
            ("gs:/bucket", "expected a path on this machine, got 'gs:/bucket'"),
        ],
    )
    def test_what_no_file_system_or_tensorflow_takes(self, owner: type, leaf: Leaf, typed: str, message: str) -> None:
        with pytest.raises(ConfigError, match=f"^--{leaf.name}: {message}"):
            parsed(owner, leaf, f"--{leaf.name}={typed}")


@dataclass(frozen=True)
class Paths:
    """A command of paths."""

    read: str = path_option("", "Read.", PathUse.READ, words=("none",))
    reads: tuple[str, ...] = path_option((), "Read.", PathUse.READ)
    file: str = path_option("", "Written.", PathUse.WRITE_FILE)
    directory: str = path_option("", "Written.", PathUse.WRITE_DIRECTORY)

    def __post_init__(self) -> None:
        check_options(self)


def refused(capsys: pytest.CaptureFixture[str], **paths: Any) -> str:
    """What a command with these paths says before its work, which does not begin."""
    arguments = [f"--{name}={path}" for name, path in paths.items()]
    assert run_command(lambda config: pytest.fail("the command began its work"), Paths, arguments) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("option", ["read", "reads"])
def test_what_cannot_be_read_is_found_before_the_work(
    option: str, forbidden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{forbidden}: cannot be read (no permission)" in refused(capsys, **{option: forbidden})
    (forbidden / "x.npz").touch()
    assert f"or --{option}." in refused(capsys, **{option: forbidden / "x.npz"})


@pytest.mark.parametrize("option", ["file", "directory"])
@pytest.mark.parametrize("below", ["x", "new/x", "ü,[1]/x"])
def test_what_cannot_be_written_is_found_before_the_work(
    option: str, below: str, forbidden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, **{option: forbidden / below})
    assert f"cannot be written (no permission in {forbidden}); choose another --{option}." in told


def test_a_file_in_the_place_of_a_directory_and_the_reverse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert "expected a directory, got a file; choose another --directory." in refused(
        capsys, directory=tmp_path / "file"
    )
    assert f"got a file, {tmp_path / 'file'}; choose another --file." in refused(capsys, file=tmp_path / "file" / "x")
    assert "expected a file or nothing, got a directory; choose another --file." in refused(capsys, file=tmp_path)
    assert "File name too long" in refused(capsys, directory=tmp_path / ("x" * 300))


def test_what_can_be_read_and_written_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check_paths(Paths(str(tmp_path), (str(tmp_path / "missing"),), str(tmp_path / "file"), str(tmp_path / "a" / "b")))
    check_paths(Paths("none"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("elements", [[], ["a"], ["a", "b"], ["a,b", "c"], [",", ",,"], ["a b"]])
def test_lists_survive_as_text(elements: list[str]) -> None:
    assert split_list(join_list(elements)) == elements


def test_a_changed_list_is_a_flag_again() -> None:
    config = Paths(reads=("a,b", "c"))
    (flag,) = changed_flags(config)
    assert parse(Paths, [flag]) == config


@pytest.mark.parametrize("line", ['--file="a', "--file='a", "--file=it's"])
def test_a_quote_without_end_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.flags").write_text(f"\n{line}\n")
    with pytest.raises(ConfigError, match="line 2: a quote without end"):
        parse(Paths, [f"--flagfile={tmp_path / 'a.flags'}"])


def test_a_flag_file_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.flags").write_text("--file=x\n")
    assert parse(Paths, ["--flagfile=~/a.flags"]).file == "x"
    with pytest.raises(ConfigError, match="`flagfile`: expected a path on this machine"):
        parse(Paths, ["--flagfile=gs://bucket/a.flags"])


@pytest.mark.parametrize("line", ["--file = x", "--file =x", "--file\t=x"])
def test_spaces_around_the_sign_are_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.flags").write_text(f"{line}\n")
    with pytest.raises(ConfigError, match="line 1: expected --name=value, got"):
        parse(Paths, [f"--flagfile={tmp_path / 'a.flags'}"])


def test_a_flag_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.flags").write_text("--file=x\n", encoding="utf-8-sig")
    assert parse(Paths, [f"--flagfile={tmp_path / 'a.flags'}"]).file == "x"


def test_a_pipe_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "expected a file or a directory, got" in refused(capsys, read=tmp_path / "pipe")
