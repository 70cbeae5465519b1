"""Naming a directory is enough to go on with what was begun there, by this version or an earlier one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.cli.app import run_command
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.stored_options import refuse_without_begun, stored_arguments
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.flagfile import located
from cgn_tf.options.former_options import default_values, present_values
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class Model:
    """Networks."""

    masker: str = option("clip", "Masker.", choices=("clip", "full"))
    sides: tuple[float, ...] = option((1.0, 0.5), "Sides.")
    instance_noise: float = option(0.0, "Noise.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class Config:
    """A command."""

    model: Model = field(default_factory=Model)
    workdir: str = path_option("", "Where.", PathUse.WRITE_DIRECTORY)
    names: tuple[str, ...] = option((), "Names.")
    steps: int = option(10, "Steps.", minimum=1)
    seed: int = option(0, "Seed.", minimum=0)
    jit: bool = option(False, "Fast.")

    def __post_init__(self) -> None:
        check_options(self)


BEGUN = Config(Model("full", (0.25, 1e-9), 0.1), names=("a,b", "c d"), steps=30, seed=3, jit=True)
DEFAULTS = default_values(Config)


def keep(directory: Path, values: Any) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "config.json").write_text(json.dumps(values))
    return directory


def resumed(*arguments: str) -> Config:
    seen: list[Config] = []
    assert run_command(seen.append, Config, arguments, resumes="workdir") == 0
    return seen[0]


def test_the_directory_alone_gives_all_options(tmp_path: Path) -> None:
    run = keep(tmp_path / "run", to_dict(BEGUN) | {"contents": {"seed_sha256": "ab"}, "records": [{"steps": 9}]})
    found = resumed(f"--workdir={run}")
    assert (found.model, found.names, found.steps, found.seed, found.jit) == (
        BEGUN.model, ("a,b", "c d"), 30, 3, True
    )  # fmt: skip
    assert found.workdir == str(run)  # where it is now
    assert resumed("--workdir", str(run), "--steps=40", "--nojit") == Config(
        BEGUN.model, str(run), BEGUN.names, steps=40, seed=3
    )


def test_files_of_flags_say_all_themselves(tmp_path: Path) -> None:
    run = keep(tmp_path / "run", to_dict(BEGUN))
    file = tmp_path / "a.flags"
    file.write_text("--seed=5\n")
    assert resumed(f"--workdir={run}", f"--flagfile={file}") == Config(workdir=str(run), seed=5)


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_what_is_no_configuration_is_left_to_its_owner(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert resumed(f"--workdir={tmp_path}") == Config(workdir=str(tmp_path))
    assert resumed(f"--workdir={tmp_path / 'new'}", "--seed=4").seed == 4


def refuse(*arguments: str) -> None:
    refuse_without_begun("workdir", located(arguments), "a run", "`steps=3`")


@pytest.mark.parametrize("flags", [["--workdir={}"], ["--workdir", "{}"]])
def test_a_directory_alone_that_was_not_begun(tmp_path: Path, flags: list[str]) -> None:
    keep(tmp_path / "run", to_dict(BEGUN))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "a.flags").write_text(f"--workdir={tmp_path / 'new'}\n")
    for name in ("new", "empty"):
        directory = tmp_path / name
        with pytest.raises(ConfigError) as caught:
            refuse(*(flag.format(directory) for flag in flags))
        assert str(caught.value) == (
            f"`workdir`: expected a run to go on with, got {directory}, which has none; check the name, or begin one, "
            "for example with `steps=3`."
        )
        refuse(*(flag.format(directory) for flag in flags), "--seed=0")  # begins one
    for name in ("run", "file"):  # there, and for another to refuse
        refuse(*(flag.format(tmp_path / name) for flag in flags))
    refuse()
    refuse("--workdir=")
    refuse(f"--workdir={tmp_path / 'new'}", "stray")
    refuse(f"--flagfile={tmp_path / 'a.flags'}")
    with pytest.raises(ConfigError, match="`workdir`: expected a path on this machine"):
        refuse(*(flag.format("gs://bucket/run") for flag in flags))


def test_options_of_an_earlier_version(tmp_path: Path) -> None:
    values = to_dict(BEGUN)
    values["model"] = {"masker": "opaque", "critic_noise": 0.1}  # as they were called; sides were not there
    run = keep(tmp_path / "run", values)
    assert resumed(f"--workdir={run}").model == Model("full", instance_noise=0.1)


def test_an_option_that_is_no_more(tmp_path: Path) -> None:
    values = to_dict(BEGUN)
    values["model"]["warmth"] = 3
    run = keep(tmp_path / "run", values)
    with pytest.raises(ConfigError, match=r"config\.json: has the option warmth, which this version"):
        stored_arguments(Config, "workdir", located([f"--workdir={run}"]))


def test_one_name_became_two() -> None:
    known = {"shape_mechanism": "conv", "texture_mechanism": "conv"}
    assert present_values({"mechanisms": "deep"}, known) == {"shape_mechanism": "deep", "texture_mechanism": "deep"}


class TestBinding:
    def bind(self, directory: Path, config: Config, mutable: tuple[str, ...] = ("workdir",)) -> None:
        binding = ConfigBinding(directory / "config.json", "a run", "`workdir`", CommandError)
        binding.bind(to_dict(config), mutable, DEFAULTS)

    def test_a_new_option_has_its_default_in_old_runs(self, tmp_path: Path) -> None:
        values = to_dict(Config(seed=3))
        del values["steps"], values["model"]["sides"]
        run = keep(tmp_path / "run", values)
        with pytest.raises(CommandError, match=r"\(steps: 10 -> 11\)"):
            self.bind(run, Config(seed=3, steps=11))
        self.bind(run, Config(seed=3))
        assert json.loads((run / "config.json").read_text()) == to_dict(Config(seed=3))

    def test_renamed_options_and_values_are_known(self, tmp_path: Path) -> None:
        values = to_dict(Config(Model("full", instance_noise=0.1)))
        values["model"] = {"masker": "opaque", "sides": [1.0, 0.5], "critic_noise": 0.1}
        run = keep(tmp_path / "run", values)
        with pytest.raises(CommandError, match=r"\(instance_noise: 0\.1 -> 0\.2\)"):
            self.bind(run, Config(Model("full", instance_noise=0.2)))
        self.bind(run, Config(Model("full", instance_noise=0.1)))

    def test_an_option_that_is_no_more_is_told(self, tmp_path: Path) -> None:
        run = keep(tmp_path / "run", to_dict(Config()) | {"warmth": 3})
        with pytest.raises(CommandError, match=r"\(warmth: 3 -> nothing\)"):
            self.bind(run, Config())
