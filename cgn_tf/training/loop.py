"""The training loop: batches → steps → callbacks, under any distribution strategy, resumable at any step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow as tf

from cgn_tf.training.callback import Callback
from cgn_tf.training.cgn_trainer import CGNTrainer


def run_steps(
    trainer: CGNTrainer,
    batches: Iterable[Any],
    start: int,
    stop: int,
    callbacks: Sequence[Callback],
    stop_requested: Callable[[], bool] = lambda: False,
    strategy: tf.distribute.Strategy | None = None,
) -> int:
    """Trains from step `start` (steps already done) until `stop` steps are done or a stop is requested.

    Args:
        trainer: whose `train_step` is called once a batch.
        batches: of step `start` onwards; under a strategy a distributed data set.
        start: number of steps done before.
        stop: number of steps done in the end.
        callbacks: called in this order after every step; `close` is called for each whatever happens.
        stop_requested: asked after every step, before its callbacks; a later request ends the loop a step later.
        strategy: None: the default, one device.

    Returns:
        The number of steps done.
    """
    strategy = strategy or tf.distribute.get_strategy()

    @tf.function(reduce_retracing=True, jit_compile=False)
    def step_function(batch: Any) -> Any:
        rates = trainer.learning_rates()  # before the step, which moves the schedules on
        shares = strategy.run(trainer.train_step, args=(batch,))
        # each replica holds its share of the global mean
        logs = {name: strategy.reduce(tf.distribute.ReduceOp.SUM, share, axis=None) for name, share in shares.items()}
        logs |= rates
        # one tensor, so that reading the logs is one transfer
        names = sorted(logs)
        log_names[:] = names
        return tf.stack([tf.cast(logs[name], tf.float32) for name in names])

    log_names: list[str] = []
    done = start
    try:
        for callback in callbacks:
            callback.start(start, stop)
        if start < stop:
            for batch in batches:
                values = step_function(batch).numpy()
                done += 1
                logs = dict(zip(log_names, values.tolist(), strict=True))
                # asked before the callbacks, so that what saves at a stop has seen every request that ends the loop
                last = done >= stop or stop_requested()
                for callback in callbacks:
                    callback.after_step(done, logs)
                if last:
                    break
    finally:
        with contextlib.ExitStack() as closing:  # every one of them, also where closing one fails
            for callback in reversed(callbacks):
                closing.callback(callback.close)
    return done
