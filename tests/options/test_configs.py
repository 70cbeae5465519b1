"""The configurations of the package by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.options import configs
from cgn_tf.options.configs import config_directory, config_file, config_names, config_summary
from cgn_tf.options.flagfile import expand_flagfiles

ROOT = Path(__file__).resolve().parents[2]


def test_the_names_are_those_of_the_files() -> None:
    assert config_directory() == ROOT / "configs"
    assert config_names() == sorted(path.stem for path in (ROOT / "configs").glob("*.flags"))
    assert config_file("quickstart") == ROOT / "configs" / "quickstart.flags"


@pytest.mark.parametrize("name", config_names())
def test_every_configuration_says_what_it_is(name: str) -> None:
    summary = config_summary(name)
    assert summary.endswith(".")
    assert 10 < len(summary) < 250
    assert "\n" not in summary


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wildlifemnist", r"no configuration 'wildlifemnist'; did you mean wildlife_mnist .*cgn configs lists all"),
        ("zzz", r"^`config`: no configuration 'zzz'; cgn configs lists all\.$"),
        ("", "expected the name of a configuration, got none"),
        ("runs/mine.flags", "got the file runs/mine.flags; give a file as `flagfile=runs/mine.flags`"),
    ],
)
def test_other_names(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_file(name)


def test_those_of_an_installed_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "cgn_tf"
    monkeypatch.setattr(configs, "_PACKAGE", package)
    with pytest.raises(CommandError, match="install cgn_tf again"):
        config_directory()
    for directory in (tmp_path / "configs", package / "configs"):
        directory.mkdir(parents=True)
        (directory / "one.flags").write_text("# One.\n--steps=3\n")
        assert config_directory() == directory


def test_a_name_stands_for_its_file() -> None:
    file = ["--steps=1", f"--flagfile={ROOT / 'configs' / 'wildlife_mnist.flags'}", "--steps=2"]
    for config in (["--config=wildlife_mnist"], ["--config", "wildlife_mnist"]):
        assert expand_flagfiles(["--steps=1", *config, "--steps=2"]) == expand_flagfiles(file)
