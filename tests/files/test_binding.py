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


def test_a_message_does_not_list_everything(binding: ConfigBinding) -> None:
    binding.bind({f"option{i}": 0 for i in range(20)}, mutable=())
    with pytest.raises(CommandError, match=r"option7: 0 -> 1; and 12 more\); go on"):
        binding.bind({f"option{i}": 1 for i in range(20)}, mutable=())


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


def described(place: str, digest: str | None, **more: object) -> dict[str, object]:
    """A configuration whose option `digits` names a file, with the digest of what lies there."""
    config: dict[str, object] = {"data": {"digits": place}, **more}
    return config if digest is None else config | {"contents": {"digits_sha256": digest}}


def test_a_file_may_move_and_not_be_replaced(binding: ConfigBinding) -> None:
    binding.bind(described("a.npz", "aa"), mutable=())
    binding.bind(described("b/a.npz", "aa"), mutable=())
    assert json.loads(binding.path.read_text()) == described("b/a.npz", "aa")
    message = (
        "is of a data set with other data: `digits=b/a.npz` holds other data than b/a.npz did when it was begun; "
        "give the data of then, or choose another `output_dir`."
    )
    with pytest.raises(OutputError, match=message):
        binding.bind(described("b/a.npz", "bb"), mutable=())
    with pytest.raises(OutputError, match=r"another configuration \(seed: nothing -> 3\)"):
        binding.bind(described("c.npz", "aa", seed=3), mutable=())
    with pytest.raises(OutputError, match=r"another configuration \(digits: b/a.npz -> sklearn\)"):
        binding.bind(described("sklearn", None), mutable=())
    assert json.loads(binding.path.read_text()) == described("b/a.npz", "aa")


def test_without_a_digest_the_path_counts_and_the_digest_is_kept_from_then_on(binding: ConfigBinding) -> None:
    binding.bind(described("a.npz", None), mutable=())
    with pytest.raises(OutputError, match=r"another configuration \(digits: a.npz -> b.npz\)"):
        binding.bind(described("b.npz", "aa"), mutable=())
    binding.bind(described("a.npz", "aa"), mutable=())
    assert json.loads(binding.path.read_text()) == described("a.npz", "aa")
    binding.bind(described("b.npz", "aa"), mutable=())


def test_records_are_held_to_what_they_state(binding: ConfigBinding) -> None:
    binding.bind({"data": [{"seed": 1}, {"seed": 2}]}, mutable=())
    fuller = {"data": [{"seed": 1, "noise": 0.5}, {"seed": 2, "noise": 0.5}]}
    binding.bind(fuller, mutable=())
    assert json.loads(binding.path.read_text()) == fuller
    for data, message in (
        ([{"seed": 1, "noise": 0.5}, {"seed": 2, "noise": 0.7}], r"\(data\[1\]\.noise: 0.5 -> 0.7\)"),
        ([{"seed": 3}, {"seed": 2, "noise": 0.5}], r"\(data\[0\]\.seed: 1 -> 3; data\[0\]\.noise: 0.5 -> nothing\)"),
        ([{"seed": 1, "noise": 0.5}], r"\(data: \[.*\] -> \[.*\]\)"),
    ):
        with pytest.raises(OutputError, match=message):
            binding.bind({"data": data}, mutable=())
