"""What a served CGN takes and gives."""

from __future__ import annotations

import contextlib
from typing import Any

import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet

LABELS = Triplet("shape_label", "texture_label", "background_label")
"""Names of the three label inputs."""


def generate_signature(cgn: CGN, max_batch_size: int) -> Any:
    """The `tf.function` noise and labels → image and parts, in inference mode and without shifts.

    Inputs, B rows each:
        `noise`: float32 [B, d], one for all three mechanisms, as the digit CGN was trained (Sauer & Geiger 2021).
        `shape_label`, `texture_label`, `background_label`: int64 [B], the type that NumPy and JSON clients have at
            hand; a label too large for int32 is refused by name and not wrapped around.

    Outputs, float32 [B, H, W, channels]:
        `image`, `foreground`, `background` in [-1, 1]; `mask` in (0, 1); `premask`, the mask before clipping.

    Raises:
        tf.errors.InvalidArgumentError (INVALID_ARGUMENT of a server): no rows or more than `max_batch_size`, inputs of
            unequal numbers of rows or another rank, noise of another width or not finite, labels outside the classes.
            The message says what was expected and what came.
    """

    @tf.function(
        autograph=False,
        jit_compile=False,  # a stock TF Serving has no XLA
        input_signature=[
            tf.TensorSpec([None, cgn.noise_dim], tf.float32, name="noise"),
            *(tf.TensorSpec([None], tf.int64, name=name) for name in LABELS),
        ],
    )
    def generate(noise: Any, shape_label: Any, texture_label: Any, background_label: Any) -> dict[str, Any]:
        labels = Triplet(shape_label, texture_label, background_label)
        composite = cgn(*_checked(noise, labels, cgn, max_batch_size), training=False)
        return dict(composite._asdict())

    return generate


def _checked(noise: Any, labels: Triplet[Any], cgn: CGN, max_batch_size: int) -> tuple[Any, Triplet[Any]]:
    """The inputs, which are there only once they have passed every check, one after the other."""
    named = list(zip(LABELS, labels, strict=True))
    with contextlib.ExitStack() as passed:

        def require(condition: Any, *message: Any) -> None:
            check = tf.raw_ops.Assert(condition=condition, data=message, summarize=8)
            passed.enter_context(tf.control_dependencies([check]))  # all that is made from here on waits for it

        shape, expected = _fed_shape(noise), f"noise: expected shape [B, {cgn.noise_dim}], got"
        require(tf.equal(tf.size(shape), 2), expected, shape)
        require(tf.equal(shape[1], cgn.noise_dim), expected, shape)
        rows = shape[0]
        for name, label in named:
            shape, expected = _fed_shape(label), f"{name}: expected one label for each row of noise, shape"
            require(tf.equal(tf.size(shape), 1), expected, [rows], "got", shape)
            require(tf.equal(shape[0], rows), expected, [rows], "got", shape)
        require((rows >= 1) & (rows <= max_batch_size), f"expected 1 to {max_batch_size} rows, got", rows)
        finite = tf.reduce_all(tf.math.is_finite(noise), axis=1)
        wrong_rows = tf.where(~finite)[:, 0]
        require(tf.reduce_all(finite), "noise: expected finite numbers, got NaN or infinity in rows", wrong_rows)
        for name, label in named:
            known = (label >= 0) & (label < cgn.num_classes)
            wrong = tf.gather(label, tf.where(~known)[:, 0])
            require(tf.reduce_all(known), f"{name}: expected labels in [0, {cgn.num_classes}), got", wrong)
        return tf.identity(noise), Triplet(*map(tf.identity, labels))


def _fed_shape(tensor: Any) -> Any:
    """The shape that a tensor has when the graph runs, int32 [rank].

    Servers feed what clients send, whatever the signature says of its shape. TensorFlow takes that for granted, would
    compute a check of the shape beforehand and find it passed; through a string it cannot look ahead.
    """
    return tf.io.parse_tensor(tf.io.serialize_tensor(tf.shape(tensor)), tf.int32)
