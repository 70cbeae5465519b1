from __future__ import annotations

from pathlib import Path

import pytest

from cgn_tf.cli.app import run as run_cli
from cgn_tf.experiments.results import write_result
from cgn_tf.experiments.results_table import BEGIN, END
from tests.experiments.test_results import result


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Of a README with marks and a directory with one result."""
    write_result(tmp_path / "results", result())
    (tmp_path / "README.md").write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    return [f"--results={tmp_path / 'results'}", f"--document={tmp_path / 'README.md'}"]


def test_the_table_is_written_and_held(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "README.md"
    before = document.read_text()
    assert run_cli("results_table", [*flags, "--check"]) == 1
    assert document.read_text() == before
    assert capsys.readouterr().err == (
        f"error: {document}: does not show the results as they are; run this without --check.\n"
    )
    assert run_cli("results_table", flags) == 0
    assert "**95.00** (n = 1)" in document.read_text()
    assert document.read_text().startswith(f"before\n{BEGIN}\n| ")
    assert document.read_text().endswith(f"\n{END}\nafter\n")
    assert run_cli("results_table", [*flags, "--check"]) == 0
    assert capsys.readouterr().out.endswith(f"{document}: up to date.\n")
    write_result(tmp_path / "results", result(seed=1))
    assert run_cli("results_table", [*flags, "--check"]) == 1
    assert run_cli("results_table", flags) == 0
    assert "**95.00 ± 0.00** (n = 2)" in document.read_text()


def test_without_a_document_it_is_printed(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("results_table", [flags[0], "--document="]) == 0
    assert capsys.readouterr().out.startswith("|  | classifier trained on |")


def test_errors(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, message in (
        (["--check", "--document="], 2, "--check: expected a file to hold to the results"),
        (["--results="], 2, "--results: expected a directory"),
        ([f"--results={tmp_path / 'none'}"], 1, f"{tmp_path / 'none'}: expected results/"),
        ([flags[0], f"--document={tmp_path / 'none.md'}"], 1, f"{tmp_path / 'none.md'}: cannot be read (No such file"),
    ):
        assert run_cli("results_table", arguments) == code
        assert capsys.readouterr().err.startswith(f"error: {message}")


def test_a_text_that_is_not_utf8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    assert run_cli("results_table", [f"--document={tmp_path / 'README.md'}"]) == 1
    assert "README.md: expected a text in UTF-8, got other bytes (" in capsys.readouterr().err
    assert (tmp_path / "README.md").read_bytes() == b"\xff\xfe"
