"""What a reader has to take in at once has a limit: lines of a file and of a function, parameters, the command line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cgn_tf"

FILE_LINES = 250
FUNCTION_LINES = 60
POSITIONAL_PARAMETERS = 8
"""Parameters that may be given by position; more have to be keyword-only. `self` and `cls` do not count."""
COMMAND_LINE_LINES = 1_200
"""Of all files of `cgn_tf/cli` together."""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods, those within others, too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The number of parameters that may be given by position."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def excesses(source: str) -> list[str]:
    """What in a file exceeds the limits."""
    found = []
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        found.append(f"{lines} lines, at most {FILE_LINES}")
    for function in functions(ast.parse(source)):
        first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        length = (function.end_lineno or function.lineno) - first + 1
        if length > FUNCTION_LINES:
            found.append(f"{function.name}: {length} lines, at most {FUNCTION_LINES}")
        count = positional(function)
        if count > POSITIONAL_PARAMETERS:
            found.append(f"{function.name}: {count} parameters by position, at most {POSITIONAL_PARAMETERS}")
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    assert excesses(path.read_text(encoding="utf-8")) == []


def test_the_command_line_is_thin() -> None:
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (PACKAGE / "cli").rglob("*.py")}
    assert len(lines) > 10
    assert sum(lines.values()) < COMMAND_LINE_LINES


def test_the_counting_itself() -> None:
    assert excesses("x = 1\n" * 250) == []
    assert excesses("x = 1\n" * 251) == ["251 lines, at most 250"]
    body = "    x = 1\n"
    assert excesses("def f():\n" + body * 59) == []
    assert excesses("@g\ndef f():\n" + body * 59) == ["f: 61 lines, at most 60"]
    assert excesses("class A:\n    def f(self, a, b, c, d, e, f, g, h): ...\n") == []
    assert excesses("def f(a, b, c, d, e, f, g, h, *, i, j): ...\n") == []
    assert excesses("def f(a, b, c, d, e, f, g, h, /, i): ...\n") == ["f: 9 parameters by position, at most 8"]
