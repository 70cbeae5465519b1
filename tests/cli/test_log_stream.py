"""Lines on stderr as text or as JSON, all of them or what matters alone."""

from __future__ import annotations

import datetime
import io
import json
import os
import sys

import pytest

from cgn_tf.cli.app import main
from cgn_tf.cli.log_stream import LogStream, log_lines

LINES = "step 5 of 26  3.20 steps/s  0:06 left  loss/total 0.3  mask/mean 0.25\nnote: a\nwarning: b\nerror: c\n"


def written(text: str, log_format: str, *, quiet: bool) -> list[str]:
    target = io.StringIO()
    stream = LogStream(target, log_format, quiet)
    for half in (text[:30], text[30:]):
        stream.write(half)
    stream.finish()
    return target.getvalue().splitlines()


def test_quiet_keeps_warnings_and_errors() -> None:
    assert written(LINES, "text", quiet=False) == LINES.splitlines()
    assert written(LINES, "text", quiet=True) == ["warning: b", "error: c"]


def test_a_traceback_is_never_left_out() -> None:
    text = "begun\nTraceback (most recent call last):\n  File x\nZeroDivisionError: y"
    assert written(text, "text", quiet=True) == text.splitlines()[1:]


def test_json_has_time_level_message_and_figures() -> None:
    entries = [json.loads(line) for line in written(LINES, "json", quiet=False)]
    assert [entry["level"] for entry in entries] == ["info", "note", "warning", "error"]
    assert [entry["message"] for entry in entries[1:]] == ["a", "b", "c"]
    assert all(datetime.datetime.fromisoformat(entry["time"]).tzinfo for entry in entries)
    figures = {"step": 5, "steps": 26, "steps/s": 3.2, "loss/total": 0.3, "mask/mean": 0.25}
    assert entries[0]["figures"] == figures
    assert "figures" not in entries[1]


def test_stderr_and_the_environment_are_put_back() -> None:
    before, stream = dict(os.environ), sys.stderr
    with log_lines("json", quiet=True):
        assert not sys.stderr.isatty()
        assert (os.environ["CGN_QUIET"], os.environ["CGN_LOG_FORMAT"]) == ("1", "json")
    assert sys.stderr is stream
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    "arguments",
    [["--log_format=json", "film", "--stps=1"], ["film", "--log_format", "json", "--stps=1"]],
)
def test_errors_of_commands(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["message"].startswith("unknown flag --stps; ")
    assert json.loads(err)["level"] == "error"


def test_quiet_keeps_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["film", "--quiet", "--stps=1"]) == 2
    assert capsys.readouterr().err.startswith("error: unknown flag --stps; ")


def test_another_format_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["film", "--log_format=xml"]) == 2
    assert capsys.readouterr().err == "error: --log_format: expected one of text, json, got 'xml'.\n"
