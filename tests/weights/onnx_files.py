"""ONNX files of U²-Net as PyTorch exports it, made of a state dict: the batch norms folded into the convolutions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EPSILON = 1e-5


class _Graph:
    def __init__(self, state: Mapping[str, np.ndarray], resize_mode: str) -> None:
        self.state = state
        self.resize_mode = resize_mode
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.number = itertools.count()

    def add(self, operation: str, inputs: Sequence[str], **attributes: Any) -> str:
        output = f"t{next(self.number)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], f"{operation}_{output}", **attributes))
        return output

    def constant(self, *values: int) -> str:
        return self.add("Constant", [], value=numpy_helper.from_array(np.array(values, np.int64)))

    def conv(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray, dilation: int = 1) -> str:
        for key, array in ((f"{name}.weight", weight), (f"{name}.bias", bias)):
            self.weights.append(numpy_helper.from_array(array.astype(np.float32), key))
        size = weight.shape[-1]
        return self.add(
            "Conv",
            [x, f"{name}.weight", f"{name}.bias"],
            dilations=[dilation] * 2,
            group=1,
            kernel_shape=[size] * 2,
            pads=[dilation * (size // 2)] * 4,
            strides=[1, 1],
        )

    def block(self, x: str, name: str, dilation: int = 1) -> str:
        """REBNCONV: its batch norm is taken into the convolution."""
        get = self.state.__getitem__
        factor = get(f"{name}.bn_s1.weight") / np.sqrt(np.float64(get(f"{name}.bn_s1.running_var")) + EPSILON)
        weight = get(f"{name}.conv_s1.weight") * factor[:, None, None, None]
        shifted = get(f"{name}.conv_s1.bias") - get(f"{name}.bn_s1.running_mean")
        bias = shifted * factor + get(f"{name}.bn_s1.bias")
        return self.add("Relu", [self.conv(x, name, weight, bias, dilation)])

    def plain(self, x: str, name: str) -> str:
        return self.conv(x, name, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def pool(self, x: str) -> str:
        return self.add("MaxPool", [x], ceil_mode=1, kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[2, 2])

    def like(self, x: str, reference: str) -> str:
        """Resized to the height and width of another."""
        own = self.add("Slice", [self.add("Shape", [x]), self.constant(0), self.constant(2), self.constant(0)])
        others = self.add("Slice", [self.add("Shape", [reference]), *(self.constant(n) for n in (2, 4, 0))])
        sizes = self.add("Concat", [own, others], axis=0)
        mode = self.resize_mode
        return self.add("Resize", [x, "", "", sizes], mode="linear", coordinate_transformation_mode=mode)

    def cat(self, *parts: str) -> str:
        return self.add("Concat", parts, axis=1)

    def rsu(self, x: str, name: str, depth: int, dilated: bool) -> str:
        residual = x = self.block(x, f"{name}.rebnconvin")
        skips = []
        for i in range(1, depth + 1):
            if not dilated and 1 < i < depth:
                x = self.pool(x)
            dilation = 2 ** (i - 1) if dilated else 2 if i == depth else 1
            x = self.block(x, f"{name}.rebnconv{i}", dilation)
            skips.append(x)
        skips.pop()
        for i in range(depth - 1, 0, -1):
            skip = skips.pop()
            if not dilated and i < depth - 1:
                x = self.like(x, skip)
            x = self.block(self.cat(x, skip), f"{name}.rebnconv{i}d", 2 ** (i - 1) if dilated else 1)
        return self.add("Add", [x, residual])


def u2net_model(state: Mapping[str, np.ndarray], resize_mode: str = "pytorch_half_pixel") -> onnx.ModelProto:
    """The network of a state dict of PyTorch's U²-Net or U²-NetP: images [1, 3, H, W], normalised, → seven maps."""
    graph = _Graph(state, resize_mode)
    stages = (("stage1", 7), ("stage2", 6), ("stage3", 5), ("stage4", 4), ("stage5", 4), ("stage6", 4))
    x = "images"
    outputs: list[str] = []
    for i, (name, depth) in enumerate(stages):
        x = graph.rsu(x if i == 0 else graph.pool(x), name, depth, dilated=i >= 4)
        outputs.append(x)
    maps = [x]
    for i in range(4, -1, -1):
        x = graph.rsu(graph.cat(graph.like(x, outputs[i]), outputs[i]), f"{stages[i][0]}d", stages[i][1], i == 4)
        maps.insert(0, x)
    sides = [graph.plain(x, f"side{i + 1}") for i, x in enumerate(maps)]
    sides = [sides[0], *(graph.like(side, sides[0]) for side in sides[1:])]
    mixed = graph.plain(graph.cat(*sides), "outconv")
    heads = [graph.add("Sigmoid", [x]) for x in (mixed, *sides)]
    made = helper.make_graph(
        graph.nodes,
        "u2net",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, None, None])],
        [helper.make_tensor_value_info(head, TensorProto.FLOAT, None) for head in heads],
        graph.weights,
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
