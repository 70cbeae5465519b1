"""Large networks traced once for several calls within one graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def _is_tracing() -> bool:
        return tf.inside_function()

    def _traced(function: Callable[..., Any]) -> Callable[..., Any]:
        return tf.function(function, autograph=False)

    def _read(variable: keras.Variable) -> Any:
        return tf.convert_to_tensor(variable)

else:

    def _is_tracing() -> bool:
        return False

    def _traced(function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def _read(variable: keras.Variable) -> Any:
        return variable.value


class SharedTrace:
    """Calls layers through graph functions, one for all calls of layers that differ in their values alone.

    A function has the layer's variables among its inputs: a call in a TensorFlow graph is one node there, and the graph
    of a network of thousands of nodes is made once instead of once a call. Outside of a graph, and under another
    backend, a call is what it is without. Results are the same either way, and gradients reach the variables.

    Args:
        compute: the layer, its inputs and options → its outputs. It must not change a variable, which is what a batch
            norm does in training, nor reduce over replicas, nor recompute anything in the backward pass.
    """

    def __init__(self, compute: Callable[..., Any]) -> None:
        self._compute = compute
        self._functions: dict[Any, Callable[..., Any]] = {}

    def __call__(self, layer: keras.layers.Layer, *inputs: Any, **options: Any) -> Any:
        """`compute(layer, *inputs, **options)`: tensors, or Python values, of which each has a function of its own."""
        if not _is_tracing():
            return self._compute(layer, *inputs, **options)
        key = _kind(layer)
        if key not in self._functions:
            self._functions[key] = _traced(self._function_of(layer))
        values = [_read(variable) for variable in layer.variables]
        return self._functions[key](values, *inputs, **options)

    def _function_of(self, layer: keras.layers.Layer) -> Callable[..., Any]:
        def compute(values: list[Any], *inputs: Any, **options: Any) -> Any:
            variables = layer.variables
            # nobody asks for gradients of what is not trained: without this the backward pass would hold them all
            values = [
                value if variable.trainable else keras.ops.stop_gradient(value)
                for variable, value in zip(variables, values, strict=True)
            ]
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
                outputs = self._compute(layer, *inputs, **options)
            for variable, value in zip(variables, values, strict=True):
                if scope.get_current_value(variable) is not value:
                    raise ValueError(f"expected a layer that leaves its variables as they are; {variable.path} moved.")
            return outputs

        return compute


def _kind(layer: keras.layers.Layer) -> tuple[Any, ...]:
    """What layers have in common whose graphs are the same."""
    config = {name: value for name, value in layer.get_config().items() if name != "name"}
    # a network for inference has the configuration of the one that it was made of, and other variables
    variables = tuple((variable.trainable, tuple(variable.shape)) for variable in layer.variables)
    return type(layer), json.dumps(config, sort_keys=True), variables, layer.dtype_policy.name
