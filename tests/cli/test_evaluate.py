from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgn_tf.cli.app import run as run_cli


def test_figures_are_printed_and_kept(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "new" / "figures.json"
    arguments = ["--digits=sklearn", "--samples=50", "--mask_classifier_steps=100"]
    assert run_cli("evaluate", [f"--model={untrained}", f"--output={output}", *arguments]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures == json.loads(output.read_text())
    assert figures["mask_classifier_accuracy"] > 0.7
    for name in ("same_labels", "counterfactual"):
        assert figures[name]["read"] < 0.5  # an untrained generator
        assert len(figures[name]["read_by_class"]) == 10
        assert "colour" in figures[name]


def test_wrong_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("evaluate", []) == 2
    assert "--model: expected the directory of a CGN" in capsys.readouterr().err
    assert run_cli("evaluate", [f"--model={tmp_path / 'none'}", "--digits=sklearn"]) == 1
    assert "none" in capsys.readouterr().err
