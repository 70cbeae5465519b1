"""Fewer steps than a file of flags says shorten its schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import parse, resolve
from cgn_tf.options.declaration import check_options, option


@dataclass(frozen=True)
class Rates:
    """Rates."""

    decay_steps: int = option(0, "Last steps.", minimum=0, scales_with="steps")
    freeze_after: int = option(0, "Steps.", minimum=0, scales_with="steps")
    log_every: int = option(100, "Steps.", minimum=1)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class Recipe:
    """A recipe."""

    rates: Rates = field(default_factory=Rates)
    steps: int = option(1_000, "Steps.", minimum=1)

    def __post_init__(self) -> None:
        check_options(self)
        if self.rates.decay_steps > self.steps:
            raise ConfigError(f"`decay_steps={self.rates.decay_steps}`: expected at most `steps`.")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "inner.flags"
    inner.write_text("# What several share.\n--freeze_after=4999\n--log_every=50\n")
    (tmp_path / "recipe.flags").write_text("--flagfile=inner.flags\n--decay_steps=3000\n--steps=10000\n")
    return "--flagfile=recipe.flags"


def parsed(*arguments: str) -> tuple[int, int, int, int]:
    config = parse(Recipe, arguments)
    return config.steps, config.rates.decay_steps, config.rates.freeze_after, config.rates.log_every


def test_fewer_steps_shorten_what_hangs_on_them(file: str) -> None:
    assert parsed(file) == (10_000, 3_000, 4_999, 50)
    assert parsed(file, "--steps=2000") == (2_000, 600, 999, 50)  # 999.8, rounded down
    assert parsed(file, "--steps", "2000") == (2_000, 600, 999, 50)
    assert parsed(file, "--steps=1") == (1, 0, 0, 50)


def test_one_sentence_says_what_was_scaled_from_what(file: str) -> None:
    assert resolve(Recipe, [file, "--steps=2000"]).note == (
        "for --steps=2000 instead of 10000 (recipe.flags, line 3): --freeze_after=999 instead of 4999 (inner.flags, "
        "line 2), --decay_steps=600 instead of 3000 (recipe.flags, line 2)."
    )
    assert resolve(Recipe, [file]).note == ""


def test_longer_runs_keep_their_schedule(file: str) -> None:
    assert parsed(file, "--steps=10001") == (10_001, 3_000, 4_999, 50)


def test_what_is_given_behind_the_file_stays(file: str) -> None:
    assert parsed(file, "--steps=2000", "--decay_steps=500") == (2_000, 500, 999, 50)
    assert parsed("--decay_steps=500", file, "--steps=2000") == (2_000, 600, 999, 50)


def test_steps_in_front_of_the_file_or_in_another_file_scale_nothing(file: str) -> None:
    assert parsed("--steps=2000", file) == (10_000, 3_000, 4_999, 50)
    Path("short.flags").write_text("--flagfile=recipe.flags\n--steps=4000\n")
    assert parsed("--flagfile=short.flags") == (4_000, 3_000, 4_999, 50)
    assert parsed("--flagfile=short.flags", "--steps=400") == (400, 300, 499, 50)


def test_a_file_without_steps_is_of_the_default(file: str) -> None:
    Path("plain.flags").write_text("--decay_steps=500\n")
    assert parsed("--flagfile=plain.flags", "--steps=100")[1] == 50
    assert (
        ", the default: --decay_steps=50 instead of 500"
        in resolve(Recipe, ["--flagfile=plain.flags", "--steps=100"]).note
    )


def test_flags_without_files_are_taken_as_they_are() -> None:
    assert parsed("--decay_steps=50", "--steps=100") == (100, 50, 0, 100)


def test_resolved_flags_need_no_file(file: str) -> None:
    resolved = resolve(Recipe, [file, "--steps=2000"])
    assert parse(Recipe, resolved.flags) == parse(Recipe, [file, "--steps=2000"])
    assert resolve(Recipe, resolved.flags).note == ""


def test_errors_say_which_line_of_which_file(file: str) -> None:
    Path("few.flags").write_text("--steps=20\n")
    with pytest.raises(
        ConfigError, match=r"\(See --decay_steps: recipe\.flags, line 2; --steps: few\.flags, line 1\.\)$"
    ):
        parse(Recipe, [file, "--flagfile=few.flags"])
    Path("wrong.flags").write_text("\n--stepz=3\n")
    with pytest.raises(ConfigError, match=r"did you mean --steps\? \(See --stepz: wrong\.flags, line 2\.\)$"):
        parse(Recipe, ["--flagfile=wrong.flags"])


@pytest.mark.parametrize("steps", ["zero", "0", "-3", ""])
def test_steps_that_are_none_are_left_to_their_check(file: str, steps: str) -> None:
    with pytest.raises(ConfigError, match="expected a whole number, at least 1"):
        parse(Recipe, [file, f"--steps={steps}"])
