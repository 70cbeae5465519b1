"""What the benchmark command does once its command line is right."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.cli import benchmark_works as works
from cgn_tf.cli.benchmark_serving import digit_serving, imagenet_serving
from cgn_tf.config.benchmark import BenchmarkConfig
from cgn_tf.config.options import to_dict
from cgn_tf.durable import write_atomically
from cgn_tf.errors import CommandError
from cgn_tf.evaluation import machine
from cgn_tf.evaluation.speed import Timing, Work, measure, warm_up

VARIANTS = ("colored_mnist", "double_colored_mnist", "wildlife_mnist")
WARM_UP = 3


def benchmark(config: BenchmarkConfig) -> None:
    """Prints the figures as one JSON object on stdout, and writes them to `config.output`; all else is on stderr.

    Raises:
        CommandError: a configuration or weights are not there, or the output cannot be written.
    """
    with contextlib.redirect_stdout(sys.stderr):
        figures = _figures(config)
    text = json.dumps(figures, indent=2)
    print(text)
    if config.output:
        try:
            Path(config.output).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(Path(config.output), (text + "\n").encode())
        except OSError as error:
            raise CommandError(f"{config.output}: cannot be written ({error.strerror}).") from error


def _figures(config: BenchmarkConfig) -> dict[str, Any]:
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    load_before = os.getloadavg()
    variants = VARIANTS if config.digits else ()
    configs = {name: works.train_config(name, config) for name in (*config.names, *variants)}
    ceilings, data = _ceilings(), {name: works.data(configs[name]) for name in variants}
    training = {}
    for name in config.names:
        _say(f"building {name}")
        training[name] = works.training(configs[name])
    generation = {"digit_cgn": works.generation()} if config.digits else {}
    served = digit_serving() if config.serving else {}
    if config.imagenet:
        _say("building the CGN at 256 pixels")
        cgn = works.imagenet_cgn()
        generation |= works.imagenet_generation(cgn)
        served |= imagenet_serving(cgn) if config.serving else {}
    every: dict[str, Work] = {f"ceilings/{name}": one.work for name, one in ceilings.items()}
    for group, members in (("data", data), ("training", training), ("generation", generation), ("serving", served)):
        every |= {f"{group}/{name}": one.work for name, one in members.items()}
    for name, work in every.items():
        _say(f"{name}: first call {warm_up(work, WARM_UP):.3g} s")
    timings = measure(every, config.seconds, config.repeats, _say)
    return {
        "settings": to_dict(config),
        "machine": machine.facts(),
        "load_average": {"before": list(load_before), "after": list(os.getloadavg())},
        "ceilings": {name: _ceiling(one, timings[f"ceilings/{name}"]) for name, one in ceilings.items()},
        "data": {name: _rates(one, timings[f"data/{name}"]) for name, one in data.items()},
        "training": {name: _steps(one, timings[f"training/{name}"]) for name, one in training.items()},
        "generation": {name: _rates(one, timings[f"generation/{name}"]) for name, one in generation.items()},
        "serving": {name: _requests(name, one, timings) for name, one in served.items()},
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


def _rates(one: works.Measured, timing: Timing) -> dict[str, Any]:
    # the best round and not the best call: a call to a pipeline may find everything prepared
    rounds = [one.images / median for median in timing.round_medians]
    return {
        **one.sizes,
        "images_per_second": one.images / timing.median,
        "best_images_per_second": max(rounds),
        "round_images_per_second": rounds,
        "calls": timing.calls,
    }


def _steps(one: works.Measured, timing: Timing) -> dict[str, Any]:
    return {
        **one.sizes,
        "ms_per_step": timing.median * 1e3,
        "min_ms_per_step": timing.minimum * 1e3,
        "round_ms_per_step": [median * 1e3 for median in timing.round_medians],
        "images_per_second": one.images / timing.median,
        "calls": timing.calls,
    }


def _requests(name: str, one: works.Measured, timings: Mapping[str, Timing]) -> dict[str, Any]:
    """Of a model that is also measured in generation how its speed compares with that, image by image."""
    timing, generated = timings[f"serving/{name}"], timings.get(f"generation/{name}")
    return {
        **_rates(one, timing),
        "p50_ms": timing.median * 1e3,
        "min_ms": timing.minimum * 1e3,
        **({"speed_to_generation": one.images * generated.median / timing.median} if generated else {}),
    }


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
