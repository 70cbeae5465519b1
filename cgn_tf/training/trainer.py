"""What all trainers have in common: `fit` with the callbacks of Keras."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from cgn_tf.models.network import Network
from cgn_tf.training.fit_callbacks import SAVE_WEIGHTS, closing, fit_callbacks
from cgn_tf.training.fit_plan import FitPlan, plan_fit
from cgn_tf.training.interrupts import whole_steps
from cgn_tf.training.loop import StepRunner
from cgn_tf.training.mean_logs import MeanLogs
from cgn_tf.training.phases import Phases
from cgn_tf.training.strategy import ProcessConsensus, is_chief
from cgn_tf.training.weights_file import read_weights, write_weights

TOTAL = "loss/total"


class Trainer(Network):
    """A network with its losses and optimizers, a `keras.Model`: `CGNTrainer`, `ClassifierTrainer`.

    A step is a function of the state and the batch, so that a run that is saved by its state resumes exactly. The
    weights of a trainer, as Keras' callbacks save and restore them, are its whole state: network, moving average,
    discriminator, optimizers.

    Args:
        name: of the model.
        batch_size: images in a batch over all replicas.

    Attributes:
        steps_done: number of steps made so far, by all calls of `fit` and before what was restored.
        steps_per_execution: steps that one call runs on the devices; logs are then means over them.
    """

    phases = Phases()
    """Of the steps; by default every step is the same computation."""

    def __init__(self, name: str, batch_size: int) -> None:
        super().__init__(name=name)
        self.compile(optimizer=None, jit_compile=False)
        self.built = True  # of parts that are
        self.batch_size = batch_size
        self.steps_done = 0
        self.steps_per_execution = 1
        self._runner: StepRunner | None = None

    @property
    def jit_compile(self) -> bool:
        """Whether the step is compiled with XLA, as chosen: Keras' own property turns it off for deterministic ops."""
        return self._compiled_with_xla

    @jit_compile.setter
    def jit_compile(self, value: bool) -> None:
        self._compiled_with_xla = bool(value)

    @property
    def network(self) -> keras.Model:
        """What is trained: a checkpoint holds its constructor."""
        raise NotImplementedError(f"{type(self).__name__} must define network.")

    def train_step(self, batch: Mapping[str, Any], phase: int = 0) -> Mapping[str, Any]:
        """One update, in replica context; returns this replica's share of the global mean of each log."""
        raise NotImplementedError(f"{type(self).__name__} must define train_step(batch, phase).")

    def settings(self) -> Mapping[str, Any]:
        """What the coming step is made with, learning rates for example, by name: scalars."""
        raise NotImplementedError(f"{type(self).__name__} must define settings().")

    def state(self) -> Mapping[str, Mapping[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
        raise NotImplementedError(f"{type(self).__name__} must define state().")

    def fit(
        self,
        data: Any,
        *,
        epochs: int | None = None,
        steps: int | None = None,
        steps_per_epoch: int | None = None,
        callbacks: Any = None,
        verbose: Any = "auto",
    ) -> keras.callbacks.History:
        """Trains from the step where the last call ended: two calls equal one of as many steps.

        Callbacks of Keras are called as by `keras.Model.fit`. An epoch is a pass over the training images, counted from
        the first step of all; it ends with the group of `steps_per_execution` steps that reaches its end, and its logs
        are means over its steps. Callbacks that set `model.stop_training` end the call, under several processes for
        all. Under a strategy, in whose scope the trainer was made, every process calls the callbacks; those of
        `cgn_tf.callbacks` that write are called by the chief alone. Ctrl-C ends the call behind a step, so that another
        call goes on there; a second one ends it at once.

        Args:
            data: what `build` of an experiment returns; or a `tf.data.Dataset` of batches, each a dictionary of what
                `train_step` takes, which begins anew with every call.
            epochs: number of further epochs; None: to the end of the experiment, or one of a `tf.data.Dataset`.
            steps: number of further steps, instead of epochs.
            steps_per_epoch: steps of an epoch; None: those of the experiment, or all batches of a `tf.data.Dataset`.
            callbacks: one or several `keras.callbacks.Callback`.
            verbose: "auto" or 1: progress with figures on stderr; 2: a line an epoch; 0: nothing.

        Returns:
            The epochs of this call and their logs: "loss", the same as "loss/total", and all terms.

        Raises:
            TypeError: data, numbers or callbacks of another kind.
            KeyboardInterrupt: Ctrl-C, once all callbacks are told of the end.
            ValueError: contradictions, batches of another size, no steps left, or a `ModelCheckpoint` of whole models.
        """
        plan = plan_fit(data, self, epochs=epochs, steps=steps, steps_per_epoch=steps_per_epoch)
        called = fit_callbacks(callbacks, verbose, is_chief(self.distribute_strategy))
        together = ProcessConsensus(self.distribute_strategy)
        self.stop_training = False
        with whole_steps() as interrupts, closing(called):
            listed = keras.callbacks.CallbackList(
                called,
                add_history=True,
                model=self,
                verbose=verbose,
                epochs=-(-plan.last_step // plan.steps_per_epoch),
                steps=plan.steps_per_epoch,
                last_step=plan.last_step,
            )
            listed.on_train_begin()
            listed.on_train_end(
                self._make_steps(
                    plan, listed, lambda: together.any(self.stop_training or interrupts.requested is not None)
                )
            )
        together.any(False)  # nobody leaves before the chief has saved
        if interrupts.requested is not None:
            raise KeyboardInterrupt
        return self.history

    def _make_steps(
        self,
        plan: FitPlan,
        callbacks: keras.callbacks.CallbackList,
        stop_requested: Callable[[], bool],
    ) -> dict[str, float]:
        """All steps of the plan, or those up to a stop; returns the logs of the last epoch."""
        strategy = self.distribute_strategy
        if self._runner is None or self._runner.jit != self.jit_compile:
            self._runner = StepRunner(self, strategy, self.jit_compile)
        steps, done, stop, means = self._runner, self.steps_done, False, MeanLogs()
        batches = iter(plan.batches(done, strategy)) if done < plan.last_step else None
        while done < plan.last_step and not stop:
            epoch, means = done // plan.steps_per_epoch, MeanLogs()
            callbacks.on_epoch_begin(epoch)
            begin = epoch * plan.steps_per_epoch
            while done < min(begin + plan.steps_per_epoch, plan.last_step) and not stop:
                count = min(self.steps_per_execution, steps.left_in_phase(done, plan.last_step))
                callbacks.on_train_batch_begin(done - begin)
                logs = steps(batches, count, done)
                logs["loss"] = logs[TOTAL]  # the name that callbacks of Keras look for
                self.steps_done = done = done + count
                means.add(logs, count)
                callbacks.on_train_batch_end(done - 1 - begin, logs)
                stop = stop_requested()
            callbacks.on_epoch_end(epoch, means.means())
            stop = stop or stop_requested()
        return means.means()

    def get_weights(self) -> list[np.ndarray]:
        """The values of `state()`, in its order."""
        return [variable.numpy() for group in self.state().values() for variable in group.values()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Sets what `get_weights` returned; the number of steps stays as it is, also where they are of fewer steps.

        Raises:
            ValueError: another number of arrays, or other shapes; nothing is set.
        """
        variables = [variable for group in self.state().values() for variable in group.values()]
        if [np.shape(value) for value in weights] != [tuple(variable.shape) for variable in variables]:
            raise ValueError(
                f"weights: expected what `get_weights` of such a trainer returns, {len(variables)} arrays, got "
                f"{len(weights)} or other shapes."
            )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True, **options: Any) -> None:
        """Writes the whole state and the number of steps to a file `….weights.h5`.

        Raises:
            ValueError: another name, or a file that is there, without `overwrite`.
            OSError: it cannot be written.
        """
        del options
        if not overwrite and os.path.exists(filepath):
            raise ValueError(f"filepath: expected a new file, got {os.fspath(filepath)!r}, which is there.")
        write_weights(filepath, self.state(), self.steps_done)

    def load_weights(self, filepath: str | os.PathLike[str], **options: Any) -> None:
        """Goes on where `save_weights` was called.

        Raises:
            CheckpointError: the file is of another kind of trainer.
            OSError: no such file, or one of another format.
        """
        del options
        self.steps_done = read_weights(filepath, self.state())

    def save(self, filepath: Any, *args: Any, **options: Any) -> None:
        """Refuses.

        Raises:
            NotImplementedError: always; says what to save instead.
        """
        raise NotImplementedError(f"{filepath}: {SAVE_WEIGHTS}.")
