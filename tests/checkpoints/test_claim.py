from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgn_tf.checkpoints.claim import ConfigFile
from cgn_tf.errors import CommandError


class OutputError(CommandError):
    pass


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    return ConfigFile(tmp_path / "config.json", "a data set", "--output_dir", OutputError)


def test_the_first_configuration_is_kept_and_others_are_refused(file: ConfigFile) -> None:
    file.refuse_foreign()
    file.claim({"seed": 1, "png": False}, mutable={"png"})
    file.claim({"seed": 1, "png": True}, mutable={"png"})
    assert json.loads(file.path.read_text()) == {"seed": 1, "png": True}
    with pytest.raises(OutputError, match=r"another configuration \(seed: 1 -> 2\).*choose another --output_dir"):
        file.claim({"seed": 2, "png": True}, mutable={"png"})
    assert json.loads(file.path.read_text()) == {"seed": 1, "png": True}


def test_a_directory_of_something_else(file: ConfigFile, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"expected a new or empty directory.*without config\.json.*thesis\.tex"):
        file.refuse_foreign()
    file.refuse_foreign(own={"thesis.tex"})


@pytest.mark.parametrize(("content", "message"), [("{", "expected the JSON of a conf"), ("[]", "expected a JSON obj")])
def test_a_damaged_configuration(file: ConfigFile, content: str, message: str) -> None:
    file.path.write_text(content)
    with pytest.raises(OutputError, match=message):
        file.claim({"seed": 1}, mutable=())
