"""Networks for inference alone: what is constant there is computed once, and kept instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import keras
from keras import ops

from cgn_tf.layers.batch_norm import TakenInNorm
from cgn_tf.layers.foldable import Foldable, FoldsPairs, HasInferenceLayer
from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet

L = TypeVar("L", bound=keras.layers.Layer)


def for_inference(model: L) -> L:
    """The same network, ready to generate or classify and not to be trained: `inference(x) == model(x)`, to the bit.

    Kernels have taken in their batch norms and are divided by their spectral norms. Variables keep their paths below
    the network. Of a CGN, mechanisms and masker without such constants are shared with `model`; everything else is
    copied. The result has no constructor of its own: save the network that it was made of.

    Args:
        model: built model or layer.

    Returns:
        The network for inference; `model` itself where nothing in it can be folded.

    Raises:
        ValueError: the model has no variables yet.
    """
    if not model.built:
        raise ValueError("expected a built network to fold, got one without variables; call build() and load them.")
    if not folds(model):
        return model
    if isinstance(model, CGN):
        return _cgn_for_inference(model)
    inference = _structure(model)
    shapes = model.get_build_config()
    inference.build(**shapes["shapes_dict"]) if "shapes_dict" in shapes else inference.build(shapes["input_shape"])
    _assign(inference, model)
    inference.trainable = False
    return inference


def folds(layer: keras.layers.Layer) -> bool:
    """Whether `for_inference` makes another network of this one."""
    return any(isinstance(part, Foldable) for _, part in _parts(layer))


def _cgn_for_inference(cgn: Any) -> Any:
    config = {name: value for name, value in cgn.get_config().items() if name not in ("mechanisms", "masker")}
    inference = CGN(Triplet(*map(for_inference, cgn.mechanisms)), for_inference(cgn.masker), **config)
    inference.build()
    if inference.label_embedding is not None:
        inference.label_embedding.set_weights(cgn.label_embedding.get_weights())
    return inference


def _structure(layer: Any) -> Any:
    """The inference form of a layer that folds, without variables."""
    if isinstance(layer, HasInferenceLayer):
        return layer.inference_layer()
    inference = type(layer).from_config(layer.get_config())
    pairs = layer.norms_taken_in if isinstance(layer, FoldsPairs) else {}
    for name, child in _attributes(layer):
        own = getattr(inference, name)
        if name in pairs:
            _replace(inference, name, TakenInNorm(name=child.name), [own])
        elif isinstance(child, keras.layers.Layer):
            if folds(child):
                _replace(inference, name, _structure(child), [own])
        elif any(map(folds, child)):
            if not isinstance(own, list):
                raise TypeError(
                    f"{layer.name}.{name}: expected layers that fold in a list, got a {type(own).__name__}."
                )
            chosen = [_structure(part) if folds(part) else kept for part, kept in zip(child, own, strict=True)]
            _replace(inference, name, chosen, list(own))
    return inference


def _replace(layer: Any, name: str, value: Any, former: list[Any]) -> None:
    """Puts a layer, or a list of them, in the place of those that the constructor made."""
    for part in former:
        layer._tracker.untrack(part)  # Keras would keep it among the layers: setting the attribute does not untrack
    setattr(layer, name, value)


def _assign(inference: Any, model: Any) -> None:
    """Gives the variables of a built network for inference the values of the network that it was made of."""
    variables = {variable.path.removeprefix(f"{inference.path}/"): variable for variable in inference.variables}
    for path, part in _parts(model):
        for name, value in _values(part):
            # those below a part that folds as a whole are not there
            if path + name in variables:
                variables.pop(path + name).assign(value)
    sources = {variable.path.removeprefix(f"{model.path}/"): variable for variable in model.variables}
    for path, variable in variables.items():
        variable.assign(ops.convert_to_tensor(sources[path]))


def _values(layer: Any) -> Iterator[tuple[str, Any]]:
    """What a layer computes once for its inference form: variable below the layer, and value, one after the other."""
    if isinstance(layer, Foldable):
        yield from layer.inference_values().items()
    if isinstance(layer, FoldsPairs):
        for norm, linear in layer.norms_taken_in.items():
            taking: Any = getattr(layer, linear)
            weights = (ops.cast(weight, "float32") for weight in (taking.kernel, taking.bias))
            for name, value in zip(("kernel", "bias"), getattr(layer, norm).taken_into(*weights), strict=True):
                yield f"{taking.name}/{name}", value


def _parts(layer: Any) -> list[tuple[str, Any]]:
    """A layer and all below it, each with its path below the first, which ends in "/" or is empty."""
    found = [("", layer)]
    for _, child in _attributes(layer):
        for part in [child] if isinstance(child, keras.layers.Layer) else child:
            found += [(f"{part.name}/{path}", below) for path, below in _parts(part)]
    return found


def _attributes(layer: Any) -> Iterator[tuple[str, Any]]:
    """The public attributes that are a layer or hold some, as a list."""
    for name, value in vars(layer).items():
        if name.startswith("_"):
            continue
        if isinstance(value, keras.layers.Layer):
            yield name, value
        elif isinstance(value, (list, dict)):
            layers = list(value.values() if isinstance(value, dict) else value)
            if layers and all(isinstance(part, keras.layers.Layer) for part in layers):
                yield name, layers
