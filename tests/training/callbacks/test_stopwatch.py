from __future__ import annotations

from pathlib import Path

import pytest

from cgn_tf.training.callbacks.stopwatch import Stopwatch, read_seconds


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_processes_add_up(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "seconds.json"
    assert read_seconds(path) is None
    first = Stopwatch(path, 10, clock)
    first.start(0, 30)
    clock.now = 107.5
    first.after_step(10, {})
    assert read_seconds(path) == 7.5
    clock.now = 109.0  # killed in step 12: what was not saved is made again
    second = Stopwatch(path, 10, clock)
    clock.now = 200.0
    second.start(10, 30)
    clock.now = 203.0
    second.after_step(20, {})
    assert read_seconds(path) == 10.5
    clock.now = 204.0
    second.finish(23)
    assert read_seconds(path) == read_seconds(path, 23) == 11.5
    assert read_seconds(path, 24) is None  # which could not be written


def test_a_run_from_the_start_begins_at_nothing(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "seconds.json"
    path.write_text('{"step": 5, "seconds": 40.0}')
    stopwatch = Stopwatch(path, 10, clock)
    stopwatch.start(0, 30)
    stopwatch.finish(1)
    assert read_seconds(path) == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seconds": "long"}', '{"seconds": null}'])
def test_other_content(tmp_path: Path, content: str) -> None:
    (tmp_path / "seconds.json").write_text(content)
    assert read_seconds(tmp_path / "seconds.json") is None


@pytest.mark.parametrize("content", [None, "[", '{"step": 3}', "[]"])
def test_a_time_that_is_not_known_is_not_counted_as_none(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "seconds.json"
    if content is not None:
        path.write_text(content)
    stopwatch = Stopwatch(path, 1)
    with pytest.warns(UserWarning, match=r"seconds\.json: the time of the steps before 3 is not known"):
        stopwatch.start(3, 4)
    stopwatch.finish(4)
    assert read_seconds(path, 4) is None
