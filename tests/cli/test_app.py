from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from absl import flags

from cgn_tf.cli.app import run_command
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.options.command_line import parse
from cgn_tf.options.declaration import check_options, option


@dataclass(frozen=True)
class Run:
    """Length of the run."""

    steps: int = option(10, "Steps in all.", minimum=1)
    batch_size: int = option(16, "Images in a step.", minimum=1)
    rate: float = option(2e-4, "Learning rate.", above=0.0)
    dry_run: bool = option(False, "Only look.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class Config:
    """A command."""

    run: Run = field(default_factory=Run)
    workdir: str = option("", "Where.")
    sides: tuple[int, ...] = option((1, 2), "Sides.", minimum=0)
    kind: str = option("one", "Which.", choices=("one", "two"))

    def __post_init__(self) -> None:
        check_options(self)
        if self.kind == "two" and self.run.dry_run:
            raise ConfigError("--kind=two contradicts --dry_run.")


def fails(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """The one line on stderr of a call that ends with `code` before the command ran."""

    def main(config: Config) -> None:
        pytest.fail("the command ran")

    assert run_command(main, Config, arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return err.rstrip()


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_the_command_gets_the_configuration_and_gives_the_code() -> None:
    seen = []

    def main(config: Config) -> int:
        seen.append(config)
        return 7

    assert run_command(main, Config, ["--steps=3", "--sides=4,5", "--dry_run"]) == 7
    assert seen == [Config(Run(steps=3, dry_run=True), sides=(4, 5))]


def test_no_code_is_success() -> None:
    seen: list[str] = []
    assert run_command(lambda config: seen.append(config.workdir), Config, ["--workdir=a"]) == 0
    assert seen == ["a"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--batchsize=3", "error: unknown flag --batchsize; did you mean --batch_size?"),
        ("--batch-size=3", "error: unknown flag --batch-size; did you mean --batch_size?"),
        ("--stepz=3", "error: unknown flag --stepz; did you mean --steps?"),
        ("--confg=quickstart", "error: unknown flag --confg; did you mean --config?"),
        ("--zzz=3", "error: unknown flag --zzz; --help lists all."),
        ("--steps=1.5", "error: --steps=1.5: expected a whole number, at least 1."),
        ("--steps=0", "error: --steps: expected a whole number, at least 1, got 0."),
        ("--steps", "error: Missing value for flag --steps; give it as --name=value."),
        ("--dry_run=maybe", "error: --dry_run=maybe: expected true or false."),
        ("--kind=three", "error: --kind: expected one of one, two, got 'three'."),
        ("steps=3", "error: unexpected argument 'steps=3'; options are given as --name=value."),
        (
            "--flagfile=",
            "error: --flagfile: expected a file, got nothing; for example configs/quickstart.flags.",
        ),
        ("--flagfile=none.flags", "error: --flagfile=none.flags: cannot read the file: No such file or directory."),
    ],
)
def test_usage_errors_are_one_line_that_helps(capsys: pytest.CaptureFixture[str], argument: str, message: str) -> None:
    assert fails(capsys, argument) == message


def test_contradictions_are_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, "--kind=two", "--dry_run") == "error: --kind=two contradicts --dry_run."


def test_flags_after_a_stray_word_are_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, "word", "--steps=3").startswith("error: unexpected argument 'word'")


def test_flags_of_absl_itself_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, "--verbosity=1").startswith("error: unknown flag --verbosity")


def test_nothing_reaches_the_global_flags() -> None:
    before = set(flags.FLAGS)
    assert parse(Config, ["--workdir=a"]).workdir == "a"
    assert set(flags.FLAGS) == before


def test_flagfile_with_comments_and_overrides(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.flags", "# Launch: ...", "", "  # indented", "--steps=20", "--rate=3e-4  # fast", "--dry_run"
    )
    assert parse(Config, [f"--flagfile={path}"]).run == Run(steps=20, rate=3e-4, dry_run=True)
    assert parse(Config, [f"--flagfile={path}", "--steps=5", "--nodry_run"]).run == Run(steps=5, rate=3e-4)
    assert parse(Config, ["--steps=5", "--flagfile", str(path)]).run.steps == 20


def test_nested_flagfiles_stand_where_they_are_named(tmp_path: Path) -> None:
    base = write(tmp_path / "base.flags", "--steps=20", "--batch_size=4")
    path = write(tmp_path / "top.flags", "--batch_size=5", f"--flagfile={base}", "--steps=30")
    assert parse(Config, [f"--flagfile={path}"]).run == Run(steps=30, batch_size=4)
    twice = [f"--flagfile={base}", "--steps=1", f"--flagfile={base}"]
    assert parse(Config, twice).run.steps == 20


def test_a_hash_inside_a_value_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flags", "--workdir=run#1")
    assert parse(Config, [f"--flagfile={path}"]).workdir == "run#1"


def test_flagfiles_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    circle = tmp_path / "circle.flags"
    write(circle, f"--flagfile={circle}")
    words = write(tmp_path / "words.flags", "# comment", "steps=3")
    binary = tmp_path / "binary.flags"
    binary.write_bytes(b"\xff\xfe\x00")
    missing = write(tmp_path / "missing.flags", "--flagfile=gone.flags")
    unknown = write(tmp_path / "unknown.flags", "--batchsize=3")
    for path, message in (
        (circle, f"error: --flagfile={circle}: the file includes itself; remove one of the two lines."),
        (words, f"error: --flagfile={words}: line 2: expected --name=value, got 'steps=3'."),
        (binary, f"error: --flagfile={binary}: expected a text file of flags, got other bytes."),
        (tmp_path, f"error: --flagfile={tmp_path}: cannot read the file: Is a directory."),
        (missing, "error: --flagfile=gone.flags: cannot read the file: No such file or directory."),
        (
            unknown,
            f"error: unknown flag --batchsize; did you mean --batch_size? (See --batchsize: {unknown}, line 1.)",
        ),
    ):
        assert fails(capsys, f"--flagfile={path}") == message


def test_command_errors_are_one_line_with_their_code(capsys: pytest.CaptureFixture[str]) -> None:
    class BusyError(CommandError):
        exit_code = 5

    def main(config: Config) -> None:
        raise {"one": CommandError, "two": BusyError}[config.kind]("in use\nby another process")

    assert run_command(main, Config, []) == 1
    assert run_command(main, Config, ["--kind=two"]) == 5
    assert capsys.readouterr().err == "error: in use by another process\n" * 2


def test_contradictions_found_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    def main(config: Config) -> None:
        raise ConfigError("--steps: too few.")

    assert run_command(main, Config, []) == 2
    assert capsys.readouterr().err == "error: --steps: too few.\n"


def test_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    def main(config: Config) -> None:
        raise KeyboardInterrupt

    assert run_command(main, Config, []) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_defects_keep_their_traceback() -> None:
    def main(config: Config) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(main, Config, [])


@pytest.mark.parametrize("argument", ["--help", "-h", "-help"])
def test_help_lists_every_option(capsys: pytest.CaptureFixture[str], argument: str) -> None:
    def main(config: Config) -> None:
        pytest.fail("the command ran")

    assert run_command(main, Config, ["--batchsize=3", argument], "Do it with `steps`.") == 0
    assert (
        capsys.readouterr().out
        == """\
Do it with --steps.

A command
  --workdir=
      Where.
  --sides=1,2
      Sides. (At least 0.)
  --kind=one
      Which. (One of one, two.)

Length of the run
  --steps=10
      Steps in all. (At least 1.)
  --batch_size=16
      Images in a step. (At least 1.)
  --rate=0.0002
      Learning rate. (Above 0.)
  --[no]dry_run=false
      Only look.

Every command
  --config=NAME
      Flags of a configuration that comes with cgn_tf, in this place; cgn configs lists all.
  --flagfile=FILE
      Flags from a file, one a line, in this place; later flags win.
  --quiet
      Print only warnings, errors and the result.
  --log_format=text
      Lines on stderr: text, or json, one object a line. (One of text, json.)
  --help
      Print help and exit; with --all every option.
"""
    )
