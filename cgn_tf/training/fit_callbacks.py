"""The callbacks of a call of `fit`, the user's and ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from cgn_tf.training.callbacks.callback import Callback
from cgn_tf.training.callbacks.decoration import Decoration
from cgn_tf.training.callbacks.progress import Progress

VERBOSE = ("auto", 0, 1, 2)
SAVE_WEIGHTS = (
    "a trainer is saved by its weights: give ModelCheckpoint `save_weights_only=True` and a path that ends in "
    ".weights.h5, or use cgn_tf.callbacks.Checkpointer; what it trains is saved alone by `network.save`"
)


def fit_callbacks(callbacks: Any, verbose: Any, chief: bool) -> list[keras.callbacks.Callback]:
    """Those that this process calls, in their order.

    Args:
        callbacks: one, a list of them, a `keras.callbacks.CallbackList`, or None.
        verbose: 0: none beside them; "auto" or 1: progress with figures; 2: Keras' line an epoch.
        chief: whether this process writes; if not, those of ours that write or show are left out.

    Raises:
        TypeError: something that is no callback of Keras.
        ValueError: another value of `verbose`, or a `ModelCheckpoint` of whole models.
    """
    if verbose not in VERBOSE:
        raise ValueError(f"`verbose`: expected one of {', '.join(map(repr, VERBOSE))}, got {verbose!r}.")
    given = callbacks.callbacks if isinstance(callbacks, keras.callbacks.CallbackList) else callbacks
    listed = [] if given is None else keras.tree.flatten(given)
    for callback in listed:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(f"callbacks: expected keras.callbacks.Callback, got {type(callback).__name__}.")
        if isinstance(callback, keras.callbacks.ModelCheckpoint) and not callback.save_weights_only:
            raise ValueError(f"callbacks: {SAVE_WEIGHTS}.")
    if verbose in ("auto", 1):
        progress = Progress()
        listed = [Decoration(progress, "the progress", progress.log), *listed]
    if verbose == 2 and chief:
        listed.append(_LineAnEpoch())
    return [callback for callback in listed if chief or not (isinstance(callback, Callback) and callback.chief_only)]


class _LineAnEpoch(keras.callbacks.ProgbarLogger):
    """Counts the steps that an epoch has in this call: its first and its last one may be shorter."""

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params({**params, "steps": None})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.target = None
        super().on_epoch_begin(epoch, logs)


@contextlib.contextmanager
def closing(callbacks: list[keras.callbacks.Callback]) -> Iterator[None]:
    """Closes ours behind the block whatever happens, the last first: each, also where closing one fails.

    Keras tells callbacks of the end of a training where it ends as planned only.
    """
    with contextlib.ExitStack() as stack:
        for callback in callbacks:
            if isinstance(callback, Callback):
                stack.callback(callback.close)
        yield
