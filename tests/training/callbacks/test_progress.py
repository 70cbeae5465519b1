from __future__ import annotations

import io
import time

import pytest

from cgn_tf.training.callbacks.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_hold_rate_time_left_and_losses() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(seconds=10.0, stream=stream, clock=clock)
    progress.start(0, 100)
    for step in range(1, 51):
        clock.now += 0.5
        progress.after_step(step, {"loss/total": 2.0 / step, "mask/mean": 0.25, "raw/style": 9.0})
    lines = stream.getvalue().splitlines()
    assert lines == [
        "step 0 of 100: start",
        "step 20 of 100  2.00 steps/s  00:40 left  loss/total 0.1  mask/mean 0.25",
        "step 40 of 100  2.00 steps/s  00:30 left  loss/total 0.05  mask/mean 0.25",
    ]


def test_the_rate_is_that_since_the_last_line() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(seconds=10.0, stream=stream, clock=clock)
    progress.start(0, 120)
    clock.now += 30.0  # the first step compiles
    progress.after_step(1, {})
    clock.now += 10.0
    progress.after_step(41, {})
    assert stream.getvalue().splitlines()[-1] == "step 41 of 120  4.00 steps/s  00:19 left"


def test_a_resumed_run_counts_its_own_steps_only() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(seconds=1.0, stream=stream, clock=clock)
    progress.start(1000, 1100)
    clock.now += 5.0
    progress.after_step(1050, {"loss/discriminator": 0.5})
    assert stream.getvalue().splitlines() == [
        "step 1000 of 1100: start",
        "step 1050 of 1100  10.00 steps/s  00:05 left  loss/discriminator 0.5",
    ]


def test_last_step_and_close_write_what_is_left_once() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(seconds=60.0, stream=stream, clock=clock)
    progress.start(0, 4)
    clock.now += 1.0
    progress.after_step(2, {})
    progress.close()  # an interrupted run
    progress.close()
    assert stream.getvalue().splitlines()[1:] == ["step 2 of 4  2.00 steps/s  00:01 left"]
    progress.start(2, 4)
    clock.now += 1.0
    progress.after_step(4, {})
    progress.close()
    assert stream.getvalue().splitlines()[2:] == ["step 2 of 4: start", "step 4 of 4  2.00 steps/s  00:00 left"]


def test_bar_on_a_terminal_starts_at_the_resumed_step() -> None:
    stream = Terminal()
    progress = Progress(stream=stream)
    progress.start(30, 40)
    progress.after_step(35, {"loss/total": 0.125, "loss/discriminator": 0.5})
    progress.log("a warning")
    progress.after_step(40, {"loss/total": 0.0625})
    progress.close()
    shown = stream.getvalue()
    assert "30/40" in shown
    assert "40/40" in shown
    assert "100%" in shown
    assert "a warning\n" in shown
    assert "loss/total 0.0625" in shown
    assert " 0/40" not in shown


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.start(0, 1)
    progress.close()
    captured = capsys.readouterr()
    assert captured.err == "step 0 of 1: start\n"
    assert captured.out == ""


@pytest.mark.parametrize("terminal", [False, True])
def test_until_the_first_step_it_says_what_takes_so_long(terminal: bool) -> None:
    stream, clock = (Terminal if terminal else io.StringIO)(), Clock()
    progress = Progress(seconds=0.01, stream=stream, clock=clock)
    progress.start(0, 2)
    clock.now += 70.0
    while "1 min 10 s" not in stream.getvalue():
        time.sleep(0.001)
    progress.after_step(1, {})
    told = stream.getvalue().count("building")
    time.sleep(0.05)
    progress.after_step(2, {})
    progress.close()
    assert "building the graph of the training step (1 min 10 s so far)" in stream.getvalue()
    assert stream.getvalue().count("building") == told
