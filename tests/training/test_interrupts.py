from __future__ import annotations

import os
import signal
import threading

import pytest

from cgn_tf.training.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_is_only_noted(number: signal.Signals) -> None:
    with Interrupts() as interrupted:
        assert interrupted.requested is None
        os.kill(os.getpid(), number)
        assert interrupted.requested == number.name


def test_second_ctrl_c_stops_at_once() -> None:
    former = signal.getsignal(signal.SIGINT)
    with Interrupts():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is former


def test_further_sigterm_changes_nothing_but_ctrl_c_still_stops() -> None:
    with Interrupts() as interrupted:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert interrupted.requested == "SIGTERM"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupted.requested == "SIGTERM"


def test_former_handlers_come_back_also_after_an_error() -> None:
    seen: list[int] = []
    original = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with pytest.raises(ZeroDivisionError), Interrupts():
            raise ZeroDivisionError
        signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, original)


def test_a_second_block_starts_unrequested() -> None:
    interrupts = Interrupts()
    with interrupts:
        signal.raise_signal(signal.SIGTERM)
    with interrupts as interrupted:
        assert interrupted.requested is None


def test_another_thread_leaves_signals_alone() -> None:
    former = signal.getsignal(signal.SIGINT)
    results: list[object] = []

    def work() -> None:
        with Interrupts() as interrupted:
            results.append(signal.getsignal(signal.SIGINT) is former)
            results.append(interrupted.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [True, None]
    assert signal.getsignal(signal.SIGINT) is former
