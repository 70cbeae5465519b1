from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.files.distinct import require_distinct
from cgn_tf.options.command_line import parse

SPELLINGS: dict[str, Callable[[Path], str]] = {
    "same": str,
    "slash": lambda place: f"{place}/",
    "dot": lambda place: f"{place.parent}/./{place.name}",
    "up": lambda place: f"{place}/../{place.name}",
    "relative": os.path.relpath,
    "link": lambda place: str(place.parent / "link"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")
    return tmp_path / "one"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_place_in_two_spellings(place: Path, spelling: str) -> None:
    with pytest.raises(ConfigError, match=r"^`cgns`: expected each directory once, got .*/one "):
        require_distinct("cgns", [str(place.parent / "other"), str(place), SPELLINGS[spelling](place)])


def test_other_places(place: Path) -> None:
    require_distinct("cgns", [str(place), f"{place}_2", str(place / "one"), "elsewhere"])


@pytest.mark.parametrize(
    ("config_class", "option", "flags"),
    [
        (TrainClassifierConfig, "counterfactuals", ["--training_data=counterfactual", "--workdir=w"]),
        (EvaluateConfig, "classifiers", ["--suite=digits", "--output_dir=o"]),
        (EvaluateConfig, "cgns", ["--suite=digits", "--output_dir=o", "--classifiers=c"]),
    ],
)
def test_every_list_of_directories(place: Path, config_class: type, option: str, flags: list[str]) -> None:
    flags = ["--digits=sklearn", *flags]
    link = place.parent / "link"
    with pytest.raises(ConfigError, match=f"--{option}: expected each directory once, got {place} and {link}, which"):
        parse(config_class, [*flags, f"--{option}={place},{link}"])
    parse(config_class, [*flags, f"--{option}={place},{place}_2"])
