"""What is no ONNX file with float32 weights in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cgn_tf.weights.onnx_file import OnnxFileError, read_onnx
from tests.foreign_files import HTML_PAGE, LFS_POINTER

WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def model() -> onnx.ModelProto:
    node = helper.make_node("Gemm", ["x", "w", ""], ["y"], "first", alpha=0.5, transB=1, extra=[1, 2], word="text")
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "w")],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    return helper.make_model(graph)


def test_a_graph_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(model().SerializeToString())
    graph = read_onnx(tmp_path / "m.onnx")
    (node,) = graph.nodes
    assert (node.name, node.operation, node.inputs, node.outputs) == ("first", "Gemm", ("x", "w", ""), ("y",))
    assert node.attributes == {"alpha": 0.5, "transB": 1, "extra": [1, 2], "word": "text"}
    assert (graph.inputs, graph.outputs) == (("x",), ("y",))
    np.testing.assert_array_equal(graph.weights["w"], WEIGHTS)


def external(made: onnx.ModelProto) -> None:
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")


def halved(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(WEIGHTS.astype(np.float16), "w"))


def unknown(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].data_type = 99


def short(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].raw_data = b"1234"


def infinite(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((2, 3), np.nan, np.float32), "w"))


def repeated(made: onnx.ModelProto) -> None:
    made.graph.initializer.append(made.graph.initializer[0])


def empty(made: onnx.ModelProto) -> None:
    del made.graph.node[:]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external, "weights 'w' are in another file, which is not opened"),
        (halved, "weights 'w': expected float32, got float16; take the file that is not quantised"),
        (unknown, "weights 'w': expected float32, got of an unknown type"),
        (short, r"weights 'w': damaged \("),
        (infinite, r"weights 'w': damaged \(not finite\)"),
        (repeated, "expected weights each with a name of its own"),
        (empty, "expected an ONNX file, got one without a graph"),
    ],
)
def test_weights_that_cannot_be_had(change: Callable[[onnx.ModelProto], None], message: str, tmp_path: Path) -> None:
    made = model()
    change(made)
    (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(OnnxFileError, match=rf"m\.onnx: {message}") as caught:
        read_onnx(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got an empty file"),
        (HTML_PAGE, "got an HTML page"),
        (LFS_POINTER, "got a Git LFS pointer"),
        (b"PK\x03\x04rest", "got a zip archive"),
        (b"nothing of the kind", "got a file that starts with b'noth', or a damaged one"),
        (model().SerializeToString()[:-7], "or a damaged one; fetch or copy the file again"),
    ],
)
def test_other_files(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(OnnxFileError, match=rf"m\.onnx: expected an ONNX file, .*{message}|.*{message}"):
        read_onnx(tmp_path / "m.onnx")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for place in (tmp_path / "absent.onnx", tmp_path):
        with pytest.raises(OnnxFileError, match="cannot be read"):
            read_onnx(place)
