"""U²-Net and U²-NetP from ONNX files, such as rembg's: batch norms folded into the convolutions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.onnx_file import OnnxFileError, OnnxGraph, OnnxNode, read_onnx
from cgn_tf.weights.torch_u2net import TELLING_SHAPES

INPUT_SIZE = 320
"""Pixels of the square that U²-Net was trained on."""

_OF_SIZES = frozenset({"Constant", "Shape", "Gather", "Unsqueeze", "Slice", "Cast"})
"""Operations that compute the sizes to resize to."""
_COUNTED = {"Conv": 119, "Relu": 112, "MaxPool": 33, "Resize": 38, "Add": 11}
"""Operation → how many of it a U²-Net has."""
_ALIGNED = {"align_corners": True, "pytorch_half_pixel": False, "half_pixel": False}
"""How a Resize places corners → `align_corners` of our network."""
_POOL = {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1, "pads": [0, 0, 0, 0]}

Sources = tuple[int, ...]
"""Numbers of the convolutions whose outputs a tensor is made of: as concatenated, those that are added in order."""
IMAGES: Sources = (-1,)


def u2net_from_onnx(path: str | Path) -> U2Net:
    """Reads the ONNX file of a U²-Net or U²-NetP.

    Every convolution is held to be the one that stands in its place in the network: the shape of its kernel, its
    dilation and padding, and which other convolutions it reads. The graph's first output has to be the mixture of the
    six heads. Nothing of the file is run.

    Args:
        path: `u2net.onnx` or `u2netp.onnx`.

    Returns:
        The network without batch norms, with the input that it was published with: 320 pixels and ImageNet's
        normalisation. Whether corners are aligned is as in the file.

    Raises:
        OnnxFileError: see `read_onnx`; or it is another network. What differs first is named.
    """
    graph = read_onnx(path)
    try:
        return _network(graph)
    except _DiffersError as error:
        raise OnnxFileError(
            f"{path}: expected U²-Net or U²-NetP with batch norms folded into its convolutions, as rembg ships them, "
            f"got {error}; fetch u2net.onnx or u2netp.onnx of rembg."
        ) from None


class _DiffersError(Exception):
    """What the graph has that a U²-Net has not."""


def _network(graph: OnnxGraph) -> U2Net:
    _check_operations(graph)
    convolutions = [node for node in graph.nodes if node.operation == "Conv"]
    telling = _array(graph, convolutions[1], 1).shape
    if telling not in TELLING_SHAPES:
        raise _DiffersError(f"a second convolution of the shape {telling}")
    network = U2Net(
        TELLING_SHAPES[telling],
        _align_corners(graph),
        batch_norm=False,
        input_size=INPUT_SIZE,
        normalisation="imagenet",
    )
    read = _what_is_read(graph)
    network.build()
    for place, node, layer, sources in zip(_places(network), convolutions, network.convolutions, read, strict=True):
        kernel, bias = _checked(graph, node, layer, place, sources)
        layer.kernel.assign(kernel.transpose(2, 3, 1, 0))
        layer.bias.assign(bias)
    return network


def _check_operations(graph: OnnxGraph) -> None:
    counts = Counter(node.operation for node in graph.nodes)
    unknown = set(counts) - {*_OF_SIZES, *_COUNTED, "Concat", "Sigmoid"}
    if unknown:
        raise _DiffersError(f"operations {', '.join(sorted(unknown))}")
    for operation, count in _COUNTED.items():
        if counts[operation] != count:
            raise _DiffersError(f"{counts[operation]} operations {operation} in place of {count}")
    if len(graph.inputs) != 1:
        raise _DiffersError(f"{len(graph.inputs)} inputs in place of one")
    if len(graph.weights) != 2 * _COUNTED["Conv"]:
        raise _DiffersError(f"{len(graph.weights)} arrays of weights in place of {2 * _COUNTED['Conv']}")


def _align_corners(graph: OnnxGraph) -> bool:
    resizes = [node.attributes for node in graph.nodes if node.operation == "Resize"]
    modes = {str(one.get("coordinate_transformation_mode", "half_pixel")) for one in resizes}
    kinds = {one.get("mode") for one in resizes}
    if kinds != {"linear"} or len({_ALIGNED.get(mode) for mode in modes}) > 1 or not modes <= set(_ALIGNED):
        raise _DiffersError(f"resizing of the kinds {', '.join(sorted(map(str, kinds | modes)))}")
    return _ALIGNED[modes.pop()]


class _Place(NamedTuple):
    """Where a convolution stands: its path below the network, and what it reads."""

    path: str
    sources: Sources


def _places(network: U2Net) -> list[_Place]:
    """The place of each of `network.convolutions`."""
    found: list[_Place] = []

    def put(path: str, sources: Sources) -> Sources:
        found.append(_Place(path, sources))
        return (len(found) - 1,)

    def stage(name: str, sources: Sources) -> Sources:
        layer = network.stages[name]
        residual = below = put(f"{name}/{layer.conv_in.name}", sources)
        skips = []
        for encoder in layer.encoders:
            below = put(f"{name}/{encoder.name}", below)
            skips.append(below)
        below = skips.pop()
        for decoder in layer.decoders:
            below = put(f"{name}/{decoder.name}", below + skips.pop())
        return residual + below

    outputs: dict[str, Sources] = {}
    below = IMAGES
    for name in network.stages:
        skip = outputs[name.removesuffix("d")] if name.endswith("d") else ()
        below = outputs[name] = stage(name, below + skip)
    sides = [put(side.name, outputs[read.name]) for side, read in network.heads]
    put(network.outconv.name, tuple(number for side in sides for number in side))
    return found


def _what_is_read(graph: OnnxGraph) -> list[Sources]:
    """What each convolution of the graph reads; ends by holding its first output to be the last convolution's."""
    sources: dict[str, Sources] = {graph.inputs[0]: IMAGES}
    read: list[Sources] = []
    for node in graph.nodes:
        if node.operation in _OF_SIZES or not node.outputs:
            continue
        output = node.outputs[0]
        if node.operation == "Conv":
            read.append(_of(sources, node.inputs[:1], node))
            sources[output] = (len(read) - 1,)
        elif node.operation == "Add":
            sources[output] = tuple(sorted(_of(sources, node.inputs, node)))
        elif node.operation == "Concat":
            if node.attributes.get("axis") == 1:  # others put sizes together
                sources[output] = _of(sources, node.inputs, node)
        else:
            if node.operation == "MaxPool" and _pool(node) != _POOL:
                raise _DiffersError(f"a pool {node.name} with {_pool(node)}")
            sources[output] = _of(sources, node.inputs[:1], node)
    head = next((node for node in graph.nodes if node.outputs[:1] == graph.outputs[:1]), None)
    if head is None or head.operation != "Sigmoid" or sources[head.outputs[0]] != (_COUNTED["Conv"] - 1,):
        raise _DiffersError("a first output that is not the mixture of the six heads")
    return read


def _of(sources: dict[str, Sources], names: Sequence[str], node: OnnxNode) -> Sources:
    unknown = [name for name in names if name not in sources]
    if unknown or not names:
        raise _DiffersError(f"an operation {node.operation} {node.name} that reads {', '.join(unknown) or 'nothing'}")
    return tuple(number for name in names for number in sources[name])


def _pool(node: OnnxNode) -> dict[str, Any]:
    defaults = {"strides": [1, 1], "ceil_mode": 0, "pads": [0, 0, 0, 0]}
    return {name: node.attributes.get(name, defaults.get(name)) for name in _POOL}


def _checked(
    graph: OnnxGraph, node: OnnxNode, layer: Any, place: _Place, sources: Sources
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel [out, in, h, w] and bias [out] of a convolution that is the one in its place."""
    height, width, inputs, outputs = layer.kernel.shape
    dilation = layer.dilation if hasattr(layer, "dilation") else 1
    padding = dilation * (height // 2)
    expected = {
        "kernel": (outputs, inputs, height, width),
        "bias": (outputs,),
        "dilations": [dilation] * 2,
        "pads": [padding] * 4,
        "strides": [1, 1],
        "group": 1,
        "auto_pad": "NOTSET",
        "convolutions read": place.sources,
    }
    kernel, bias = _array(graph, node, 1), _array(graph, node, 2)
    defaults = {"dilations": [1, 1], "pads": [0, 0, 0, 0], "strides": [1, 1], "group": 1, "auto_pad": "NOTSET"}
    got = {"kernel": kernel.shape, "bias": bias.shape, "convolutions read": sources}
    got |= {name: node.attributes.get(name, default) for name, default in defaults.items()}
    for name, value in expected.items():
        if got[name] != value:
            raise _DiffersError(f"{name} {got[name]} in place of {value} where {place.path} is to be")
    return kernel, bias


def _array(graph: OnnxGraph, node: OnnxNode, position: int) -> np.ndarray:
    name = node.inputs[position] if len(node.inputs) > position else ""
    if name not in graph.weights:
        raise _DiffersError(f"a convolution {node.name} without {'bias' if position == 2 else 'kernel'} in the file")
    return graph.weights[name]
