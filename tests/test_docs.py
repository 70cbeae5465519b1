"""The documents: every block of code says whether it runs as it stands, and does; every link leads somewhere.

Above a block stands `<!-- run -->`, or `<!-- needs: … -->` for what a test cannot give, or `<!-- example: … -->` for
code that another test takes from there. The blocks that run do so in one directory, those of the README first.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cgn_tf.cli.app import run as run_cli
from cgn_tf.cli.table import COMMANDS, imported
from cgn_tf.options.command_line import parse

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md"]
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>sh|python)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
WITHOUT_OPTIONS = {"help", "configs", "completion"}
"""Words behind `cgn` that are no commands with a configuration."""


class Block(NamedTuple):
    """A block of code on a page."""

    page: Path
    mark: str
    language: str
    code: str


def blocks() -> list[Block]:
    return [
        Block(page, found["mark"] or "", found["language"], found["code"])
        for page in PAGES
        for found in FENCE.finditer(page.read_text(encoding="utf-8"))
    ]


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every command of this project in the documents: its name and its arguments."""
    for block in blocks():
        if block.language == "sh":
            for line in block.code.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["cgn"]:
                    yield words[1].replace("-", "_"), words[2:]
                elif len(words) > 1 and words[0] == "python" and words[1].startswith("tools/"):
                    yield Path(words[1]).stem, words[2:]


def test_every_block_says_whether_it_runs() -> None:
    marks = ("run", "needs: ", "example: ")
    unmarked = [block for block in blocks() if "deploy" not in block.page.parts and not block.mark.startswith(marks)]
    assert not unmarked


def test_every_command_is_one_that_the_program_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    seen = set()
    for name, arguments in command_lines():
        if name in WITHOUT_OPTIONS:
            continue
        command = COMMANDS[name]
        seen.add(name)
        if not command.others:  # whose other arguments are those of a second command
            parse(imported(command.config), arguments)
    assert {"train", "generate", "train_classifier", "evaluate", "export", "convert", "client", "reproduce"} <= seen


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_front_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which all blocks that run have run."""
    directory = tmp_path_factory.mktemp("documents")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    for number, block in enumerate(one for one in blocks() if one.mark == "run"):
        script = directory / f"block_{number}.{block.language[:2]}"
        script.write_text(block.code)
        program = ["bash", "-euo", "pipefail"] if block.language == "sh" else [sys.executable]
        done = subprocess.run(
            [*program, str(script)], cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block.page.name}:\n{block.code}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return directory


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("documents")
def test_the_quickstart_makes_digits(ran: Path) -> None:
    figures = ran / "figures.json"
    judged = ["--dataset=double_colored_mnist", "--digits=sklearn", f"--model={ran / 'runs' / 'quickstart'}"]
    assert run_cli("evaluate", [*judged, f"--output={figures}"]) == 0
    same = json.loads(figures.read_text())["same_labels"]
    assert 0.08 < same["mask_mean"] < 0.5
    assert same["decided"] > 0.8
    assert same["read"] > 0.8
    assert min(same["read_by_class"]) > 0.4  # no class is inverted or missing


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("documents")
def test_every_block_that_runs_has_run(ran: Path) -> None:
    for made in ("runs/quickstart/config.json", "runs/counterfactuals/preview.png", "counterfactuals.png", "log.csv"):
        assert (ran / made).stat().st_size > 0, made
    assert list((ran / "grids").iterdir())
