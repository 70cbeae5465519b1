"""Adam as one operation for each variable."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf


class _Scalars(NamedTuple):
    """What an update is the same in for all variables, as tensors: float32 scalars."""

    step_size: Any
    beta_1: Any
    beta_2: Any
    epsilon: Any
    zero: Any


@keras.saving.register_keras_serializable("cgn_tf")
class FusedAdam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` in TensorFlow's one operation instead of twenty for each variable.

    The weights are the same to rounding (1e-6), and the variables and their names are the same, so that each reads the
    other's checkpoints; the velocities differ by 1e-5, because 1 - beta_2 is computed in float32. A network of many
    small variables has its training step traced and optimized in less time: with Adam in single operations they are a
    fifth of the graph of the CGN at 256 pixels. Gradients may be `tf.IndexedSlices`, which are made dense: every row
    moves, as in Keras.

    Args:
        args, kwargs: those of `keras.optimizers.Adam`.
        fused_from: number of variables from which on the operation is used; with fewer, the graph is small, and the
            results are those of Keras to the bit.

    Raises:
        ValueError: `amsgrad`, for which there is no such operation.
    """

    def __init__(self, *args: Any, fused_from: int = 100, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fused_from = fused_from
        if self.amsgrad:
            raise ValueError("amsgrad: expected False, got True; use keras.optimizers.Adam.")

    def _backend_update_step(self, grads: Any, trainable_variables: Any, learning_rate: Any) -> None:
        """Passes `update_step` the scalars of this step in place of the learning rate: one set for all variables."""
        if len(trainable_variables) < self.fused_from:
            super()._backend_update_step(grads, trainable_variables, learning_rate)
            return
        step = tf.cast(tf.convert_to_tensor(self.iterations) + 1, tf.float32)
        beta_1, beta_2 = tf.constant(self.beta_1, tf.float32), tf.constant(self.beta_2, tf.float32)
        corrected = tf.sqrt(1.0 - tf.pow(beta_2, step)) / (1.0 - tf.pow(beta_1, step))
        step_size = tf.cast(learning_rate, tf.float32) * corrected
        scalars = _Scalars(step_size, beta_1, beta_2, tf.constant(self.epsilon, tf.float32), tf.constant(0.0))
        super()._backend_update_step(grads, trainable_variables, scalars)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if not isinstance(learning_rate, _Scalars):
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        scalars = _Scalars(*(tf.cast(scalar, variable.dtype) for scalar in learning_rate))
        # the operation corrects its learning rate by powers of the betas, which at 0 leave it as it is
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=scalars.zero,
            beta2_power=scalars.zero,
            lr=scalars.step_size,
            beta1=scalars.beta_1,
            beta2=scalars.beta_2,
            epsilon=scalars.epsilon,
            grad=tf.cast(tf.convert_to_tensor(gradient), variable.dtype),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fused_from": self.fused_from}
