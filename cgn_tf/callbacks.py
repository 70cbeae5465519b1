"""Callbacks for `fit` of a trainer: each is a `keras.callbacks.Callback`.

    trainer.fit(data, callbacks=[cgn_tf.callbacks.SampleGrids("grids"), cgn_tf.callbacks.FiniteGuard()])

What the command calls around its steps stands here, too. A callback of one's own that is due every so many steps is a
`PeriodicCallback` with an `on_due(step)`.
"""

from __future__ import annotations

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.checkpointer import Checkpointer, restore
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.finite_guard import FiniteGuard
from cgn_tf.training.callbacks.mask_guard import MaskGuard
from cgn_tf.training.callbacks.periodic import PeriodicCallback
from cgn_tf.training.callbacks.progress import Progress
from cgn_tf.training.callbacks.sample_grids import SampleGrids
from cgn_tf.training.callbacks.stopwatch import Stopwatch
from cgn_tf.training.callbacks.tensorboard import TensorBoard

__all__ = [
    "Callback",
    "Checkpointer",
    "Decoration",
    "FiniteGuard",
    "MaskGuard",
    "PeriodicCallback",
    "Progress",
    "SampleGrids",
    "Stopwatch",
    "TensorBoard",
    "restore",
]
