"""What a served CGN takes and gives."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet

LABELS = Triplet("shape_label", "texture_label", "background_label")
"""Names of the three label inputs."""
TRUNCATION = "truncation"


def generate_signature(cgn: CGN, max_batch_size: int) -> Any:
    """The `tf.function` noise and labels → image and parts, in inference mode and without shifts.

    Inputs, B rows each:
        `noise`: float32 [B, d], one for all three mechanisms, as the digit CGN was trained (Sauer & Geiger 2021).
        `shape_label`, `texture_label`, `background_label`: int64 [B], the type that NumPy and JSON clients have at
            hand; a label too large for int32 is refused by name and not wrapped around.
        `truncation`: float32 [B] in (0, 1], of BigGAN mechanisms alone: which statistics they normalise with; the noise
            is multiplied by it already.

    Outputs, float32 [B, H, W, channels]:
        `image`, `foreground`, `background` in [-1, 1]; `mask` in (0, 1); `premask`, the mask before clipping.

    Raises:
        tf.errors.InvalidArgumentError (INVALID_ARGUMENT of a server): no rows or more than `max_batch_size`, inputs of
            unequal numbers of rows or another rank, noise of another width or not finite, labels outside the classes,
            a truncation out of range. The message says what was expected and what came.
    """
    truncation_spec = [tf.TensorSpec([None], tf.float32, name=TRUNCATION)] if cgn.takes_truncation else []

    @tf.function(
        autograph=False,
        jit_compile=False,  # a stock TF Serving has no XLA
        input_signature=[
            tf.TensorSpec([None, cgn.noise_dim], tf.float32, name="noise"),
            *(tf.TensorSpec([None], tf.int64, name=name) for name in LABELS),
            *truncation_spec,
        ],
    )
    def generate(
        noise: Any, shape_label: Any, texture_label: Any, background_label: Any, *truncation: Any
    ) -> dict[str, Any]:
        labels = Triplet(shape_label, texture_label, background_label)
        noise, labels, *truncations = _checked(noise, labels, truncation, cgn, max_batch_size)
        composite = cgn(noise, labels, training=False, truncation=truncations[0] if truncations else None)
        return dict(composite._asdict())

    return generate


def _checked(
    noise: Any, labels: Triplet[Any], truncation: Sequence[Any], cgn: CGN, max_batch_size: int
) -> tuple[Any, ...]:
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
        for name, label in [*named, *((TRUNCATION, values) for values in truncation)]:
            shape, expected = _fed_shape(label), f"{name}: expected one value for each row of noise, shape"
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
        for values in truncation:
            known = (values > 0) & (values <= 1)  # also false where it is NaN
            wrong = tf.gather(values, tf.where(~known)[:, 0])
            require(tf.reduce_all(known), f"{TRUNCATION}: expected values in (0, 1], got", wrong)
        return tf.identity(noise), Triplet(*map(tf.identity, labels)), *map(tf.identity, truncation)


def _fed_shape(tensor: Any) -> Any:
    """The shape that a tensor has when the graph runs, int32 [rank].

    Servers feed what clients send, whatever the signature says of its shape. TensorFlow takes that for granted, would
    compute a check of the shape beforehand and find it passed; through a string it cannot look ahead.
    """
    return tf.io.parse_tensor(tf.io.serialize_tensor(tf.shape(tensor)), tf.int32)
