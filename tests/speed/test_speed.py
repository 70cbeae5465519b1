"""How much faster the fast step is than the plain one; both in one process, call by call in turn."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import tensorflow as tf

from cgn_tf.assembly.train import build_training
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.benchmark.config import BUILT_IN
from cgn_tf.options.command_line import parse
from tests.speed import plain

ROUNDS = 12


def step_of(name: str, *, is_plain: bool = False) -> Callable[[], object]:
    """A call of the configuration's step, on one batch; traced where it is made."""
    flags = [*BUILT_IN[name], "--digits=sklearn", "--textures=procedural", "--feature_weights=random", "--dry_run"]
    config = parse(TrainConfig, flags)
    trainer, _, batches = build_training(config)
    (batch,) = batches(0).take(1)
    compute = (lambda batch: plain.train_step(trainer, batch)) if is_plain else trainer.train_step
    compiled = tf.function(compute, autograph=False)

    def step() -> object:
        return compiled(batch)["loss/total"].numpy()

    step()
    return step


@pytest.mark.slow
@pytest.mark.timed
def test_the_step_of_the_paper_with_vgg16(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"fast": step_of("wildlife_vgg16"), "bank": step_of("wildlife_vgg16_bank")}
    with monkeypatch.context() as patched:
        plain.patch_networks(patched)
        steps["plain"] = step_of("wildlife_vgg16", is_plain=True)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            begin = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - begin)
    best = {name: min(found) for name, found in seconds.items()}
    ratios = {name: best[name] / best["plain"] for name in ("fast", "bank")}
    print({name: f"{1e3 * found:.0f} ms" for name, found in best.items()}, ratios)
    # How much is gained depends on the share that VGG16 itself takes, and so on the machine: see README for figures.
    assert ratios["fast"] <= 0.95
    assert ratios["bank"] <= 0.85
