"""What `cgn` answers itself, without running a command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cgn_tf.cli.app import main
from cgn_tf.files.created_by import created_by
from cgn_tf.options.configs import config_names

ROOT = Path(__file__).resolve().parents[2]


def answer(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], code: int = 0) -> str:
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert (err == "") == (code == 0)
    return out if code == 0 else err


@pytest.mark.parametrize("word", ["version", "--version"])
def test_the_version(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert answer(capsys, [word]) == f"{created_by()}\n"


@pytest.mark.parametrize("arguments", [["configs"], ["help", "configs"]])
def test_the_configurations(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    lines = answer(capsys, arguments).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == config_names()
    assert max(map(len, lines)) <= 100
    assert "    Wildlife MNIST, from scratch." in lines


def test_help_alone_is_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, ["help"]) == answer(capsys, ["--help"])


@pytest.mark.parametrize("arguments", [["train", "--help"], ["--help", "train"], ["help", "train"]])
def test_help_of_a_command_of_many_options_is_short(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    text = answer(capsys, arguments)
    assert len(text.splitlines()) < 60
    named = re.findall(r"^  ([a-z]\w*)$", text, re.MULTILINE)
    assert named[:6] == ["data", "model", "loss", "optimizer", "run", "distribution"]
    assert "cgn help train --all" in text


def test_all_options(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [answer(capsys, arguments) for arguments in (["help", "train", "--all"], ["train", "--help", "--all"])]
    assert texts[0] == texts[1]
    for name in ("dataset", "steps", "masker", "mask_size_weight", "backbone", "strategy"):
        assert f"  --{name}=" in texts[0]


def test_one_section_part_or_option(capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, ["help", "train", "data"])
    assert "--dataset=colored_mnist" in data
    assert "        wildlife_mnist: " in data  # a part with its summary
    assert "--validation_size" in data
    assert "--steps" not in data
    projection = answer(capsys, ["help", "train", "projection"])
    assert projection.startswith("--discriminator=projection\n")
    assert "--discriminator_width" in projection
    for word in ("steps", "--steps", "--steps=3"):
        assert answer(capsys, ["help", "train", word]).startswith("  --steps=10000\n")
    assert answer(capsys, ["help", "train-classifier", "irm-weight"]).startswith("  --irm_weight=0.0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["help", "trian"], "error: unknown command 'trian'; did you mean train?\n"),
        (["confgs"], "error: unknown command 'confgs'; did you mean configs?\n"),
        (["help", "film", "modle"], "error: cgn help film: nothing is called 'modle'; "),
        (["help", "train", "disributon"], "nothing is called 'disributon'; did you mean distribution?"),
        (["completion"], "error: cgn completion: expected one of bash, zsh, fish, got none.\n"),
        (["configs", "x"], "error: cgn configs: expected no further word, got 'x'.\n"),
    ],
)
def test_other_words(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert message in answer(capsys, arguments, code=2)


def test_dashes_are_underscores(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, ["results-table", "--help"]) == answer(capsys, ["results_table", "--help"])


@pytest.fixture(scope="module")
def bash_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "cgn.bash"
    line = [sys.executable, "-m", "cgn_tf", "completion", "bash"]
    path.write_bytes(subprocess.run(line, cwd=ROOT, check=True, capture_output=True).stdout)
    return path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cgn tra", ["train", "train_classifier"]),
        ("cgn train --lr_d", ["--lr_decay_steps="]),
        ("cgn train --config=wild", ["wildlife_mnist"]),
        ("cgn train-classifier --optimizer=", ["adadelta", "adam"]),
        ("cgn train --steps=3 --discriminator=s", ["spectral"]),
        ("cgn completion f", ["fish"]),
        ("cgn help exp", ["export"]),
        ("cgn help train lo", ["loss"]),
        ("cgn help train-classifier opt", ["optimizer"]),
        ("cgn help configs ", []),
    ],
)
def test_bash_completes_without_starting_a_program(bash_script: Path, line: str, words: list[str]) -> None:
    program = 'source "$1"; PATH=; COMP_LINE=$2; COMP_POINT=${#2}; _cgn; echo "${COMPREPLY[*]}"'
    done = subprocess.run(
        ["/bin/bash", "-c", program, "bash", str(bash_script), line], capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (words, "")


IN_OTHER_SHELLS = {
    # zsh itself leaves out what does not begin with the word
    "zsh": 'source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; _cgn; print -l $COMPREPLY',
    "fish": "source $argv[1]; complete -C $argv[2]",
}


LINES = {
    "cgn help train lo": {"loss"},
    "cgn completion ": {"bash", "zsh", "fish"},
    "cgn exp": {"export"},
    "cgn train-classifier --optimizer=": {"adam", "adadelta"},
}


@pytest.mark.parametrize(
    ("shell", "line"),
    # zsh puts a flag before its value only where somebody types
    [(shell, line) for shell in IN_OTHER_SHELLS for line in LINES if shell != "zsh" or "=" not in line],
)
def test_other_shells_complete(shell: str, line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(answer(capsys, ["completion", shell]))
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    given = [program, "-c", IN_OTHER_SHELLS[shell], *(["zsh"] if shell == "zsh" else []), str(script), line]
    done = subprocess.run(given, capture_output=True, text=True, check=True, env={**os.environ, "HOME": str(tmp_path)})
    assert LINES[line] <= {found.partition("\t")[0].rpartition("=")[2] for found in done.stdout.splitlines()}
    assert done.stderr == ""
