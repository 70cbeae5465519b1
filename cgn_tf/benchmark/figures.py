"""All cases of a benchmark measured, as figures that JSON can hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from cgn_tf.benchmark import machine
from cgn_tf.benchmark.cases import BenchmarkCase
from cgn_tf.benchmark.speed import Timing, measure, warm_up

WARM_UP = 3
"""Calls of each case before it is measured."""


class Cases(NamedTuple):
    """What to measure, by section and name."""

    data: Mapping[str, BenchmarkCase]
    training: Mapping[str, BenchmarkCase]
    generation: Mapping[str, BenchmarkCase]
    serving: Mapping[str, BenchmarkCase]


def measured(
    cases: Cases, seconds: float, repeats: int, log: Callable[[str], None], load_before: Sequence[float]
) -> dict[str, Any]:
    """Measures all cases and the ceilings of the machine in turn.

    Args:
        cases: what to measure.
        seconds: how long each is measured in each round.
        repeats: the number of rounds.
        log: is told what is done.
        load_before: load average of the machine (`os.getloadavg`) before anything was built.

    Returns:
        Sections with figures, the machine among them: seconds, images a second, bytes, as their names say.
    """
    ceilings = _ceilings()
    calls = {f"ceilings/{name}": ceiling.call for name, ceiling in ceilings.items()}
    for section, members in cases._asdict().items():
        calls |= {f"{section}/{name}": case.call for name, case in members.items()}
    for name, call in calls.items():
        log(f"{name}: first call {warm_up(call, WARM_UP):.3g} s")
    timings = measure(calls, seconds, repeats, log)
    return {
        "machine": machine.facts(),
        "load_average": {"before": list(load_before), "after": list(os.getloadavg())},
        "ceilings": {name: _ceiling(ceiling, timings[f"ceilings/{name}"]) for name, ceiling in ceilings.items()},
        "data": {name: _rates(case, timings[f"data/{name}"]) for name, case in cases.data.items()},
        "training": {name: _steps(case, timings[f"training/{name}"]) for name, case in cases.training.items()},
        "generation": {name: _rates(case, timings[f"generation/{name}"]) for name, case in cases.generation.items()},
        "serving": {name: _requests(name, case, timings) for name, case in cases.serving.items()},
        "memory": machine.memory(),
    }


def _ceilings() -> dict[str, machine.Ceiling]:
    """Large enough for the device to be busy: a GPU is a hundred times faster than a CPU."""
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return {"matmul": machine.matmul(8192 if gpu else 2048), "convolution": machine.convolution(256 if gpu else 16)}


def _ceiling(ceiling: machine.Ceiling, timing: Timing) -> dict[str, Any]:
    return {
        "gflop_per_second": ceiling.gflop / timing.median,
        "best_gflop_per_second": ceiling.gflop / timing.minimum,
        "of": ceiling.what,
        "calls": timing.calls,
    }


def _rates(case: BenchmarkCase, timing: Timing) -> dict[str, Any]:
    # the best round and not the best call: a call to a pipeline may find everything prepared
    rounds = [case.images / median for median in timing.round_medians]
    return {
        **case.sizes,
        "images_per_second": case.images / timing.median,
        "best_images_per_second": max(rounds),
        "round_images_per_second": rounds,
        "calls": timing.calls,
    }


def _steps(case: BenchmarkCase, timing: Timing) -> dict[str, Any]:
    return {
        **case.sizes,
        "ms_per_step": timing.median * 1e3,
        "min_ms_per_step": timing.minimum * 1e3,
        "round_ms_per_step": [median * 1e3 for median in timing.round_medians],
        "images_per_second": case.images / timing.median,
        "calls": timing.calls,
    }


def _requests(name: str, case: BenchmarkCase, timings: Mapping[str, Timing]) -> dict[str, Any]:
    """Of a model that is also measured in generation how its speed compares with that, image by image."""
    timing, generated = timings[f"serving/{name}"], timings.get(f"generation/{name}")
    return {
        **_rates(case, timing),
        "p50_ms": timing.median * 1e3,
        "min_ms": timing.minimum * 1e3,
        **({"speed_to_generation": case.images * generated.median / timing.median} if generated else {}),
    }
