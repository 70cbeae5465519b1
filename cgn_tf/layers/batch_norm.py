"""Batch normalisation as all networks here use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cgn_tf.ops.batch_norm import batch_norm, batch_statistics, folded


@keras.saving.register_keras_serializable("cgn_tf")
class BatchNorm(keras.layers.Layer):
    """Batch norm over the global batch: under any `tf.distribute` strategy it equals one device.

    Defaults are PyTorch's: ε 1e-5, and of the moving statistics 0.9 is kept at each step. The variance is the biased
    one, also in the moving statistics. [B, H, W, C] → [B, H, W, C].

    Args:
        gamma_initializer: of the scale.
        epsilon: added to the variance.
        momentum: share of the moving statistics that is kept.
    """

    def __init__(
        self,
        gamma_initializer: Any = "ones",
        epsilon: float = 1e-5,
        momentum: float = 0.9,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.epsilon = epsilon
        self.momentum = momentum

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1],)
        self.built = True
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer=self.gamma_initializer, autocast=False)
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros", autocast=False)
        # every replica computes the same statistics: those of the global batch
        self.moving_mean, self.moving_variance = (
            self.add_weight(
                name=name,
                shape=shape,
                initializer=initializer,
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
            )
            for name, initializer in (("moving_mean", "zeros"), ("moving_variance", "ones"))
        )

    def call(self, x: Any, training: bool = False) -> Any:
        """Normalises with the batch's statistics, and moves the stored ones, or with the stored ones."""
        if not training:
            scale, shift = self.scale_and_shift()
            return x * ops.cast(scale, x.dtype) + ops.cast(shift, x.dtype)
        gamma, beta = map(ops.convert_to_tensor, (self.gamma, self.beta))
        y, mean, variance = batch_norm(x, gamma, beta, self.epsilon)
        self._move(mean, variance)
        return y

    def scale_and_shift_by_batch(self, x: Any) -> tuple[Any, Any]:
        """Training as (scale, shift), float32 [C] each, for the convolution after it to take in.

        Nothing is differentiated with respect to `x`, so this is for images alone.
        """
        mean, variance = batch_statistics(ops.stop_gradient(x))
        self._move(mean, variance)
        gamma, beta = map(ops.convert_to_tensor, (self.gamma, self.beta))
        return folded(gamma, beta, mean, variance, self.epsilon)

    def _move(self, mean: Any, variance: Any) -> None:
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving + (1.0 - self.momentum) * ops.stop_gradient(value))

    def scale_and_shift(self) -> tuple[Any, Any]:
        """Inference as (scale, shift), float32 [C] each, for the convolution before it to take in."""
        gamma, beta, mean, variance = map(ops.convert_to_tensor, self.state)
        return folded(gamma, beta, mean, variance, self.epsilon)

    def taken_into(self, kernel: Any, bias: Any) -> tuple[Any, Any]:
        """Kernel [..., C] and bias [C] of the layer before it, float32, with inference taken in.

        They may be those of a dense layer whose outputs are a map, [..., H·W·C] and [H·W·C].
        """
        shapes, channels = (kernel.shape, bias.shape), self.gamma.shape[0]
        if bias.shape[0] != channels:
            kernel, bias = (ops.reshape(part, (-1, channels)) for part in (kernel, bias))
        gamma, beta, mean, variance = map(ops.convert_to_tensor, self.state)
        # the mean has the bias in it: their difference first, or what is small is rounded as what is large
        scale, shift = folded(gamma, beta, mean - bias, variance, self.epsilon)
        kernel = kernel * scale
        if shift.shape != shapes[1]:
            kernel, shift = (ops.reshape(part, shape) for part, shape in zip((kernel, shift), shapes, strict=True))
        return kernel, shift

    def inference_layer(self) -> ScaleAndShift:
        """See `Foldable`."""
        return ScaleAndShift(name=self.name)

    def inference_values(self) -> Mapping[str, Any]:
        """See `Foldable`."""
        return dict(zip(("scale", "shift"), self.scale_and_shift(), strict=True))

    @property
    def state(self) -> tuple[Any, Any, Any, Any]:
        """γ, β, moving mean and moving variance."""
        return self.gamma, self.beta, self.moving_mean, self.moving_variance

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
            "epsilon": self.epsilon,
            "momentum": self.momentum,
        }


class ScaleAndShift(keras.layers.Layer):
    """What a batch norm is in inference: x · scale + shift, [C] each. [B, H, W, C] → [B, H, W, C]."""

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1],)
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones", autocast=False)
        self.shift = self.add_weight(name="shift", shape=shape, initializer="zeros", autocast=False)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        return x * ops.cast(self.scale, x.dtype) + ops.cast(self.shift, x.dtype)


class TakenInNorm(keras.layers.Layer):
    """What is left of a batch norm that the layer before it has taken in: nothing."""

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        return x

    def taken_into(self, kernel: Any, bias: Any) -> tuple[Any, Any]:
        """Kernel and bias as they are."""
        return kernel, bias
