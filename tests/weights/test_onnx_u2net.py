"""U²-Net of ONNX files that are made here, and files of other networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.onnx_file import OnnxFileError
from cgn_tf.weights.onnx_u2net import u2net_from_onnx
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import u2net_state
from tests.weights.onnx_files import u2net_model

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture(scope="module")
def state() -> dict[str, np.ndarray]:
    return u2net_state("u2netp")


@pytest.fixture(scope="module")
def made(state: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Not to be changed."""
    return u2net_model(state)


@pytest.fixture
def model(made: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of its own for each test."""
    copy = onnx.ModelProto()
    copy.CopyFrom(made)
    return copy


def read(model: onnx.ModelProto, folder: Path) -> U2Net:
    path = folder / "u2netp.onnx"
    path.write_bytes(model.SerializeToString())
    return u2net_from_onnx(path)


def convolution(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if f"{name}.weight" in node.input)


def test_the_map_is_that_of_the_graph(model: onnx.ModelProto, tmp_path: Path) -> None:
    network = read(model, tmp_path)
    pixels = np.random.default_rng(0).integers(0, 200, (24, 37, 3)).astype(np.float32)
    images = ((pixels / pixels.max() - MEAN) / STD).astype(np.float32)
    (expected, *_) = ReferenceEvaluator(model).run(None, {"images": images.transpose(2, 0, 1)[None]})
    assert expected.std() > 0.01
    as_it_is = U2Net(**{**network.get_config(), "input_size": None})
    as_it_is.build()
    as_it_is.set_weights(network.get_weights())
    found = np.asarray(as_it_is(pixels[None] / np.float32(127.5) - np.float32(1.0)))
    np.testing.assert_allclose(found[0, ..., 0], expected[0, 0], rtol=0, atol=1e-4)


def test_the_weights_are_those_of_the_folded_network(
    model: onnx.ModelProto, state: dict[str, np.ndarray], tmp_path: Path
) -> None:
    network = read(model, tmp_path)
    expected = own_variables(for_inference(u2net_from_state(state, "the recipe")))
    found = own_variables(network)
    assert found.keys() == expected.keys()
    for name, variable in expected.items():
        np.testing.assert_allclose(found[name].numpy(), variable.numpy(), rtol=0, atol=1e-5, err_msg=name)
    assert network.get_config() == {
        "name": "u2net", "variant": "u2netp", "align_corners": False, "batch_norm": False, "input_size": 320,
        "normalisation": "imagenet",
    }  # fmt: skip
    assert not network.trainable_variables


def test_where_corners_lie_is_read(state: dict[str, np.ndarray], tmp_path: Path) -> None:
    assert read(u2net_model(state, "align_corners"), tmp_path).align_corners
    assert not read(u2net_model(state, "half_pixel"), tmp_path).align_corners


def dilated(model: onnx.ModelProto) -> None:
    attribute = next(one for one in convolution(model, "stage5.rebnconv2").attribute if one.name == "dilations")
    attribute.ints[:] = [1, 1]


def padded(model: onnx.ModelProto) -> None:
    attribute = next(one for one in convolution(model, "side2").attribute if one.name == "pads")
    attribute.ints[:] = [0, 0, 0, 0]


def rewired(model: onnx.ModelProto) -> None:
    convolution(model, "stage2.rebnconv4").input[0] = convolution(model, "stage2.rebnconv3").input[0]


def concatenated_the_other_way(model: onnx.ModelProto) -> None:
    name = convolution(model, "stage3.rebnconv1d").input[0]
    node = next(node for node in model.graph.node if name in node.output)
    node.input[:] = list(node.input)[::-1]


def reshaped(model: onnx.ModelProto) -> None:
    weight = next(one for one in model.graph.initializer if one.name == "stage4.rebnconv2.weight")
    array = onnx.numpy_helper.to_array(weight)
    weight.CopyFrom(onnx.numpy_helper.from_array(array[:, :8].copy(), weight.name))


def of_another_width(model: onnx.ModelProto) -> None:
    weight = next(one for one in model.graph.initializer if one.name == "stage1.rebnconv1.weight")
    weight.CopyFrom(onnx.numpy_helper.from_array(np.zeros((24, 64, 3, 3), np.float32), weight.name))


def without_bias(model: onnx.ModelProto) -> None:
    del convolution(model, "side1").input[2]


def without_weights(model: onnx.ModelProto) -> None:
    del model.graph.initializer[7]


def not_folded(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "BatchNormalization"


def another_head_first(model: onnx.ModelProto) -> None:
    model.graph.output.insert(0, model.graph.output.pop(1))


def nearest(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "Resize")
    next(one for one in node.attribute if one.name == "coordinate_transformation_mode").s = b"align_corners"


def average(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "MaxPool")
    next(one for one in node.attribute if one.name == "ceil_mode").i = 0


def longer(model: onnx.ModelProto) -> None:
    head = next(node for node in model.graph.node if node.op_type == "Sigmoid")
    model.graph.node.append(onnx.helper.make_node("Relu", [head.output[0]], ["more"]))


def reads_nothing(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Add").input[0] = "nowhere"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dilated, r"dilations \[1, 1\] in place of \[2, 2\] where stage5/encode2 is to be"),
        (padded, r"pads \[0, 0, 0, 0\] in place of \[1, 1, 1, 1\] where side2 is to be"),
        (rewired, r"convolutions read \(\d+,\) in place of \(\d+,\) where stage2/encode4 is to be"),
        (concatenated_the_other_way, r"convolutions read \(\d+, \d+\) in place of .* where stage3/decode1 is to be"),
        (reshaped, r"kernel \(16, 8, 3, 3\) in place of \(16, 16, 3, 3\) where stage4/encode2 is to be"),
        (of_another_width, r"a second convolution of the shape \(24, 64, 3, 3\)"),
        (without_bias, r"a convolution Conv_t\d+ without bias in the file"),
        (without_weights, "237 arrays of weights in place of 238"),
        (not_folded, "operations BatchNormalization"),
        (another_head_first, "a first output that is not the mixture of the six heads"),
        (nearest, "resizing of the kinds align_corners, linear, pytorch_half_pixel"),
        (average, r"a pool MaxPool_t\d+ with .*'ceil_mode': 0"),
        (longer, "113 operations Relu in place of 112"),
        (reads_nothing, r"an operation Add Add_t\d+ that reads nowhere"),
    ],
)
def test_another_network_is_refused_by_what_differs(
    change: Callable[[onnx.ModelProto], None], message: str, model: onnx.ModelProto, tmp_path: Path
) -> None:
    change(model)
    with pytest.raises(OnnxFileError, match=rf"u2netp\.onnx: expected U²-Net or U²-NetP .*, got {message}.*; fetch"):
        read(model, tmp_path)
