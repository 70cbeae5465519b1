"""The graph of an ONNX file, read strictly: nothing in it is run, and nothing outside of it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

_AGAIN = "fetch or copy the file again"


class OnnxFileError(CommandError):
    """The file cannot be read, is no ONNX, is damaged, or is another network than was expected."""


class OnnxNode(NamedTuple):
    """One operation.

    Attributes:
        name: as the file has it; may be empty.
        operation: "Conv", for example.
        inputs: names of what it reads, in order; an empty name stands for an input that is left out.
        outputs: names of what it computes.
        attributes: name → number, text, or list of numbers; others (tensors, graphs) are None.
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class OnnxGraph(NamedTuple):
    """What is computed from what.

    Attributes:
        nodes: in the file's order, in which each comes behind those that it reads.
        weights: name → float32 array, the initialisers in the file's order.
        inputs: names of the graph's inputs that are no weights.
        outputs: names of the graph's outputs.
    """

    nodes: tuple[OnnxNode, ...]
    weights: Mapping[str, np.ndarray]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read_onnx(path: str | Path) -> OnnxGraph:
    """Reads an ONNX file whose weights are all float32 and in the file itself.

    Raises:
        OnnxFileError: it cannot be read, is damaged or no ONNX, keeps weights in other files, or has weights that are
            not float32 or not finite.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OnnxFileError(f"{path}: cannot be read ({error.strerror or error}).") from error
    graph = _model(path, content).graph
    weights = {tensor.name: _array(path, tensor) for tensor in graph.initializer}
    if len(weights) < len(graph.initializer) or graph.sparse_initializer:
        raise OnnxFileError(f"{path}: expected weights each with a name of its own, got repeated or sparse ones.")
    return OnnxGraph(
        tuple(map(_node, graph.node)),
        weights,
        tuple(value.name for value in graph.input if value.name not in weights),
        tuple(value.name for value in graph.output),
    )


def _model(path: Path, content: bytes) -> onnx.ModelProto:
    kind = known_kind(content[:HEAD_BYTES])
    if kind is not None:
        raise OnnxFileError(f"{path}: expected an ONNX file, got {kind}.")
    try:
        model = onnx.load_model_from_string(content, format="protobuf")  # which opens no file of external data
    except DecodeError:
        start = f"a file that starts with {content[:4]!r}"
        raise OnnxFileError(f"{path}: expected an ONNX file, got {start}, or a damaged one; {_AGAIN}.") from None
    # bytes of something else may happen to parse
    if not model.ir_version or not model.graph.node:
        raise OnnxFileError(f"{path}: expected an ONNX file, got one without a graph, or a damaged one; {_AGAIN}.")
    return model


def _array(path: Path, tensor: onnx.TensorProto) -> np.ndarray:
    what = f"{path}: weights {tensor.name!r}"
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise OnnxFileError(f"{what} are in another file, which is not opened; save the model as one file.")
    if tensor.data_type != onnx.TensorProto.FLOAT:
        kinds = onnx.TensorProto.DataType
        kind = kinds.Name(tensor.data_type).lower() if tensor.data_type in kinds.values() else "of an unknown type"
        raise OnnxFileError(f"{what}: expected float32, got {kind}; take the file that is not quantised.")
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError) as error:
        said = (str(error).splitlines() or [""])[0][:200]
        raise OnnxFileError(f"{what}: damaged ({said}); {_AGAIN}.") from error
    if not np.isfinite(array).all():
        raise OnnxFileError(f"{what}: damaged (not finite); {_AGAIN}.")
    return array


def _node(node: onnx.NodeProto) -> OnnxNode:
    return OnnxNode(
        node.name,
        node.op_type,
        tuple(node.input),
        tuple(node.output),
        {attribute.name: _value(attribute) for attribute in node.attribute},
    )


def _value(attribute: onnx.AttributeProto) -> Any:
    kinds = onnx.AttributeProto
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", "replace")
    values = {
        kinds.INT: attribute.i,
        kinds.FLOAT: attribute.f,
        kinds.INTS: list(attribute.ints),
        kinds.FLOATS: list(attribute.floats),
    }
    return values.get(attribute.type)
