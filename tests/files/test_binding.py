from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.files.binding import ConfigBinding


class OutputError(CommandError):
    pass


@pytest.fixture
def binding(tmp_path: Path) -> ConfigBinding:
    return ConfigBinding(tmp_path / "config.json", "a data set", "`output_dir`", OutputError)


def test_the_first_configuration_is_kept_and_others_are_refused(binding: ConfigBinding) -> None:
    binding.refuse_foreign()
    binding.bind({"seed": 1, "png": False}, mutable={"png"})
    binding.bind({"seed": 1, "png": True}, mutable={"png"})
    assert json.loads(binding.path.read_text()) == {"seed": 1, "png": True}
    with pytest.raises(OutputError, match=r"another configuration \(seed: 1 -> 2\).*choose another `output_dir`"):
        binding.bind({"seed": 2, "png": True}, mutable={"png"})
    assert json.loads(binding.path.read_text()) == {"seed": 1, "png": True}


def test_a_directory_of_something_else(binding: ConfigBinding, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"expected a new or empty directory.*without config\.json.*thesis\.tex"):
        binding.refuse_foreign()
    binding.refuse_foreign(own={"thesis.tex"})


@pytest.mark.parametrize(("content", "message"), [("{", "expected the JSON of a conf"), ("[]", "expected a JSON obj")])
def test_a_damaged_configuration(binding: ConfigBinding, content: str, message: str) -> None:
    binding.path.write_text(content)
    with pytest.raises(OutputError, match=message):
        binding.bind({"seed": 1}, mutable=())
