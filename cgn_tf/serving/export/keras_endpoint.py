"""A signature as an endpoint for Keras, whose layers take one dictionary where signatures take arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from cgn_tf.serving.export.inputs import Input, Signature

SERVE = "serve"
"""Its name; `keras.layers.TFSMLayer` asks for this one by default. It is no signature: servers do not see it."""


def keras_endpoint(signature: Signature) -> Any:
    """A `tf.function` from a dictionary of the inputs by name to the outputs by name, traced for all that it takes.

    Integers may be int32 or int64, all of one type. Inputs with a default may be left out.

    Raises:
        tf.errors.InvalidArgumentError: as the signature does.
        ValueError: inputs of unequal numbers of rows, which TensorFlow refuses before the signature's own check.
    """

    @tf.function(autograph=False, jit_compile=False)
    def serve(inputs: Mapping[str, Any]) -> dict[str, Any]:
        rows = tf.shape(inputs[signature.inputs[0].name])[:1]
        values = (
            tf.cast(inputs[one.name], one.dtype) if one.name in inputs else tf.fill(rows, one.default)
            for one in signature.inputs
        )
        answer: dict[str, Any] = signature.function.python_function(*values)
        return answer

    needed = [one for one in signature.inputs if one.default is None]
    for given in (signature.inputs, needed):
        for integers in (tf.int64, tf.int32):
            serve.get_concrete_function({one.name: _spec(one, integers) for one in given})
    return serve


def _spec(one: Input, integers: Any) -> tf.TensorSpec:
    return tf.TensorSpec(one.spec.shape, integers if one.dtype.is_integer else one.dtype, one.name)
