"""The maps of ResNet-50, FID's Inception and EfficientNet-Lite; the numbers stand in tests/goldens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier
from cgn_tf.weights import torch_efficientnet_lite, torch_inception, torch_resnet
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.state_dict_map import Arrays
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError
from cgn_tf.weights.torch_efficientnet_lite import efficientnet_lite_from_state
from cgn_tf.weights.torch_inception import inception_from_state
from cgn_tf.weights.torch_models import model_from_torch
from cgn_tf.weights.torch_resnet import resnet50_from_state
from tests.goldens.seeded_classifiers import classifier_shapes

State = dict[str, np.ndarray]


def zeros(name: str) -> State:
    return {key: np.zeros(shape, np.float32) for key, shape in classifier_shapes(name).items()}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("resnet50", torch_resnet.KEYS),
        ("inception_2015", torch_inception.KEYS),
        ("efficientnet_lite0", torch_efficientnet_lite.keys("lite0")),
        ("efficientnet_lite2", torch_efficientnet_lite.keys("lite2")),
    ],
)
def test_the_map_reads_every_key_once(name: str, keys: Arrays) -> None:
    used = [key for key, _ in keys.values()]
    assert len(set(used)) == len(used)
    assert set(used) == set(classifier_shapes(name))


def test_resnet_of_other_classes_and_what_does_not_fit() -> None:
    state = zeros("resnet50")
    state["fc.weight"], state["fc.bias"] = np.ones((5, 2048), np.float32), np.ones(5, np.float32)
    state["bn1.num_batches_tracked"] = np.array(3)
    network = resnet50_from_state(state, "x.pth")
    assert network.num_classes == 5
    assert float(network.logits.kernel.numpy().min()) == 1
    del state["layer3.5.bn2.running_var"], state["layer4.0.downsample.0.weight"]
    state["layer5.0.conv1.weight"] = np.zeros(1, np.float32)
    state["conv1.weight"] = np.zeros((64, 3, 3, 3), np.float32)
    assert message(resnet50_from_state, state) == (
        "x.pth is not a state dict of torchvision's ResNet-50 (resnet50-*.pth): missing layer3.5.bn2.running_var; "
        "missing layer4.0.downsample.0.weight; unexpected layer5.0.conv1.weight; conv1.weight has shape "
        "(64, 3, 3, 3), expected (64, 3, 7, 7)."
    )


def test_torchvisions_inception_is_another() -> None:
    state = zeros("inception_2015")
    state["fc.weight"], state["fc.bias"] = np.zeros((1000, 2048), np.float32), np.zeros(1000, np.float32)
    state["AuxLogits.fc.bias"] = np.zeros(1000, np.float32)
    del state["Mixed_7c.branch3x3_2b.conv.weight"]
    assert message(inception_from_state, state) == (
        "x.pth is not the Inception of FID with 1008 classes (pt_inception-2015-12-05-6726825d.pth): missing "
        "Mixed_7c.branch3x3_2b.conv.weight; unexpected AuxLogits.fc.bias; fc.weight has shape (1000, 2048), expected "
        "(1008, 2048); fc.bias has shape (1000,), expected (1008,)."
    )


def test_a_resnet_in_the_place_of_an_inception() -> None:
    found = message(inception_from_state, zeros("resnet50"))
    assert found.startswith(
        "x.pth is not the Inception of FID with 1008 classes (pt_inception-2015-12-05-6726825d.pth)"
    )
    assert "missing Conv2d_1a_3x3.conv.weight" in found
    assert "unexpected conv1.weight" in found


def test_what_is_no_efficientnet_lite() -> None:
    state = zeros("efficientnet_lite0")
    state["_blocks.3._se_reduce.weight"] = np.zeros((1, 1, 1, 1), np.float32)
    state["_blocks.3._depthwise_conv.weight"] = np.zeros((144, 1, 3, 3), np.float32)
    del state["_fc.bias"]
    assert message(efficientnet_lite_from_state, state) == (
        "x.pth is not a state dict of EfficientNet-Lite0: missing _fc.bias; unexpected _blocks.3._se_reduce.weight; "
        "_blocks.3._depthwise_conv.weight has shape (144, 1, 3, 3), expected (144, 1, 5, 5)."
    )
    state["_conv_head.weight"] = np.zeros((1280, 384, 1, 1), np.float32)
    assert (
        "neither EfficientNet-Lite0 nor Lite2: _conv_head.weight has shape (1280, 384, 1, 1), expected (1280, 320"
        in (message(efficientnet_lite_from_state, state))
    )
    del state["_conv_head.weight"]
    assert message(efficientnet_lite_from_state, state) == (
        "x.pth is no state dict of an EfficientNet-Lite: missing _conv_head.weight."
    )


def message(reader: Callable[[Mapping[str, np.ndarray], str], PhotographClassifier], state: State) -> str:
    with pytest.raises(TorchCheckpointError) as caught:
        reader(state, "x.pth")
    assert "\n" not in str(caught.value)
    return str(caught.value)


CONVERTED = [
    ("efficientnet_lite0", "EfficientNetLite of 247 tensors, 4,652,008 parameters"),
    pytest.param("efficientnet_lite2", "EfficientNetLite of 322 tensors, 6,092,072 parameters", marks=pytest.mark.slow),
    pytest.param("resnet50", "ResNet50 of 267 tensors, 25,557,032 parameters", marks=pytest.mark.slow),
    pytest.param("inception_2015", "Inception2015 of 472 tensors, 23,850,960 parameters", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "said"), CONVERTED)
def test_convert(
    name: str,
    said: str,
    tmp_path: Path,
    save_torch: Callable[[Path, State], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    random = np.random.default_rng(0)
    state = {key: random.random(shape, np.float32) for key, shape in classifier_shapes(name).items()}
    file, output = save_torch(tmp_path / "x.pth", state), tmp_path / "out"
    assert run_cli("convert", ["--source=torch", f"--input={file}", f"--output={output}"]) == 0
    assert said in capsys.readouterr().out
    direct, loaded = model_from_torch(file), checkpoints.load(output)
    assert type(loaded) is type(direct)
    assert loaded.get_config() == direct.get_config()
    expected = own_variables(direct)
    assert own_variables(loaded).keys() == expected.keys()
    for path, variable in own_variables(loaded).items():
        np.testing.assert_array_equal(variable.numpy(), expected[path].numpy(), err_msg=path)


def test_a_file_of_nothing_known(tmp_path: Path, save_torch: Callable[[Path, State], Path]) -> None:
    file = save_torch(tmp_path / "x.pth", {"head.weight": np.zeros(3, np.float32)})
    with pytest.raises(TorchCheckpointError, match=r"a ResNet-50 \(layer1\.0\.conv1\.weight\) or FID's Inception"):
        model_from_torch(file)
