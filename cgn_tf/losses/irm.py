"""The penalty of invariant risk minimisation, IRMv1 (Arjovsky et al. 2019, "Invariant Risk Minimization", eq. IRMv1).

A classifier is invariant where one last layer is best in every environment e at once. IRMv1 takes a scalar w = 1 on the
logits for that layer, and punishes the squared gradient of each environment's mean cross entropy with respect to it:

    penalty = mean over e of (d/dw of the mean over e's images of cross_entropy(w · logits, label) at w = 1)²

The derivative of one image is Σ_k (softmax_k − onehot_k) · logit_k, so that no second tape is needed.
"""

from __future__ import annotations

from typing import Any

from keras import ops


def multiplier_gradient(logits: Any, labels: Any) -> Any:
    """The derivative of each image's cross entropy with respect to a multiplier of its logits, at 1.

    Args:
        logits: [B, K].
        labels: int [B].

    Returns:
        Σ_k (softmax_k − onehot_k) · logit_k, [B].

    Example:
        Logits (0, ln 3) and label 0: softmax is (1/4, 3/4), the result 3/4 · ln 3 = 0.824; for label 1 −1/4 · ln 3.
    """
    error = ops.softmax(logits) - ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return ops.sum(error * logits, axis=-1)


def environment_sums(values: Any, environments: Any, count: int) -> Any:
    """The sum of `values` [B] over the images of each environment, int [B] in [0, count): [count]."""
    return ops.sum(ops.one_hot(environments, count, dtype=values.dtype) * values[:, None], axis=0)


def penalty(environment_means: Any) -> Any:
    """From each environment's mean of `multiplier_gradient`, [E], to the penalty: the mean of the squares, []."""
    return ops.mean(ops.square(environment_means))


def weight_at(step: Any, anneal_steps: int, weight: float) -> Any:
    """1 for the first `anneal_steps` steps (from 0 on), then `weight`, as in the authors' colored MNIST; float32 []."""
    return ops.where(ops.cast(step, "int64") < anneal_steps, ops.cast(1.0, "float32"), ops.cast(weight, "float32"))
