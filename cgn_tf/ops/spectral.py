"""Spectral normalisation from a stored vector (Miyato et al. 2018, algorithm 1, as BigGAN-deep on TF-Hub has it)."""

from __future__ import annotations

from typing import Any

from keras import ops

from cgn_tf.ops.root import inverse_sqrt

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


def power_step(kernel: Any, u0: Any, epsilon: float = EPSILON) -> tuple[Any, Any]:
    """As `spectral_norm`: σ, and the vector u [1, out] that the step came to, for the next one to start from."""
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    frozen = ops.stop_gradient(matrix)
    v = _normalised(ops.matmul(u0, ops.transpose(frozen)), epsilon)
    u = _normalised(ops.matmul(v, frozen), epsilon)
    return ops.sum(ops.matmul(v, matrix) * u), u


def _normalised(x: Any, epsilon: float) -> Any:
    return ops.stop_gradient(x * inverse_sqrt(ops.sum(ops.square(x)) + epsilon))
