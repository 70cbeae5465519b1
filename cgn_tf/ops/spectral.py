"""Spectral normalisation from a stored vector (Miyato et al. 2018, algorithm 1, as BigGAN-deep on TF-Hub has it)."""

from __future__ import annotations

from typing import Any

from keras import ops

from cgn_tf.ops.rsqrt import rsqrt

EPSILON = 1e-4
"""Of the TF-Hub modules; the PyTorch ports have none that matters."""


def spectral_norm(kernel: Any, u0: Any, epsilon: float = EPSILON) -> Any:
    """Estimates the largest singular value of a kernel by one power step from `u0`.

    With W the kernel as a matrix [fan_in, out]: v = u0·Wᵀ and u = v·W, both divided by √(Σ² + ε); σ = v·W·uᵀ. No
    gradient flows through u and v, so that dσ/dW is their outer product.

    Args:
        kernel: [..., out].
        u0: [1, out].
        epsilon: ε.

    Returns:
        σ, a scalar.
    """
    return power_step(kernel, u0, epsilon)[0]


def spectral_norms(kernels: Any, u0: Any, epsilon: float = EPSILON) -> Any:
    """`spectral_norm` of several kernels of one shape, to rounding, in as many operations as one takes.

    Args:
        kernels: [N, fan_in, out].
        u0: [N, 1, out].
        epsilon: ε.

    Returns:
        [N, 1, 1].
    """
    frozen = ops.stop_gradient(kernels)
    v = _normalised(ops.transpose(ops.matmul(frozen, ops.transpose(u0, (0, 2, 1))), (0, 2, 1)), epsilon, -1)
    u = _normalised(ops.matmul(v, frozen), epsilon, -1)
    return ops.sum(ops.matmul(v, kernels) * u, axis=-1, keepdims=True)


def power_step(kernel: Any, u0: Any, epsilon: float = EPSILON) -> tuple[Any, Any]:
    """As `spectral_norm`: σ, and the vector u [1, out] that the step came to, for the next one to start from."""
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    frozen = ops.stop_gradient(matrix)
    v = _normalised(ops.matmul(u0, ops.transpose(frozen)), epsilon)
    u = _normalised(ops.matmul(v, frozen), epsilon)
    return ops.sum(ops.matmul(v, matrix) * u), u


def _normalised(x: Any, epsilon: float, axis: int | None = None) -> Any:
    squares = ops.sum(ops.square(x), axis=axis, keepdims=axis is not None)
    return ops.stop_gradient(x * rsqrt(squares + epsilon))
