from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.assignment import assign, named_variables
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError
from cgn_tf.weights.torch_u2net import KEYS, u2net_arrays, u2net_from_state
from tests.goldens.recipe import u2net_state


@pytest.fixture
def state() -> dict[str, np.ndarray]:
    return u2net_state("u2netp")


@pytest.fixture(scope="module")
def shapes() -> dict[str, tuple[int, ...]]:
    network = U2Net("u2netp")
    network.build()
    return {path: tuple(variable.shape) for path, variable in named_variables(network.variables).items()}


def test_the_map_is_a_bijection(shapes: dict[str, tuple[int, ...]], state: dict[str, np.ndarray]) -> None:
    assert {f"u2net/{path}" for path in KEYS} == set(shapes)
    used = [key for key, _ in KEYS.values()]
    assert len(set(used)) == len(used) == 686
    assert set(used) == {key for key in state if "num_batches_tracked" not in key}


def test_layouts(state: dict[str, np.ndarray]) -> None:
    network = u2net_from_state(state, "x.pth", align_corners=False)
    assert (network.variant, network.align_corners) == ("u2netp", False)
    values = {path: variable.numpy() for path, variable in named_variables(network.variables).items()}
    for ours, theirs in {
        "stage1/conv_in": "stage1.rebnconvin",
        "stage2/encode6": "stage2.rebnconv6",
        "stage5d/decode3": "stage5d.rebnconv3d",
        "stage1d/decode1": "stage1d.rebnconv1d",
    }.items():
        kernel, weight = values[f"u2net/{ours}/kernel"], state[f"{theirs}.conv_s1.weight"]
        np.testing.assert_array_equal(kernel[0, 2, 1], weight[:, 1, 0, 2])
        np.testing.assert_array_equal(values[f"u2net/{ours}/bias"], state[f"{theirs}.conv_s1.bias"])
        for name, key in (
            ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")
        ):  # fmt: skip
            np.testing.assert_array_equal(values[f"u2net/{ours}/norm/{name}"], state[f"{theirs}.bn_s1.{key}"])
    np.testing.assert_array_equal(values["u2net/side6/kernel"][2, 0, :, 0], state["side6.weight"][0, :, 2, 0])
    np.testing.assert_array_equal(values["u2net/outconv/kernel"][0, 0, :, 0], state["outconv.weight"][0, :, 0, 0])


def test_counters_may_be_absent(state: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]]) -> None:
    counters = [key for key in state if key.endswith("num_batches_tracked")]
    assert len(counters) == 112
    with_counters = u2net_arrays(state, shapes, "x.pth")
    for key in counters:
        del state[key]
    assert u2net_arrays(state, shapes, "x.pth").keys() == with_counters.keys()


def test_a_part_of_a_larger_state_dict(state: dict[str, np.ndarray]) -> None:
    network = U2Net("u2netp", name="segmenter")
    network.build()
    variables = named_variables(network.variables)
    shapes = {f"cgn/{path}": tuple(variable.shape) for path, variable in variables.items()}
    whole = {f"u2net.{key}": array for key, array in state.items()} | {"f_shape.0.weight": np.zeros(3)}
    arrays = u2net_arrays(whole, shapes, "cgn.pth", prefix="u2net.")
    assert set(arrays) == set(shapes)
    assign(variables, {path.removeprefix("cgn/"): array for path, array in arrays.items()}, "cgn.pth")
    np.testing.assert_array_equal(network.outconv.bias.numpy(), state["outconv.bias"])
    del whole["u2net.side3.bias"]
    with pytest.raises(TorchCheckpointError, match=r"missing u2net\.side3\.bias"):
        u2net_arrays(whole, shapes, "cgn.pth", prefix="u2net.")


def test_everything_that_does_not_fit_is_named(state: dict[str, np.ndarray]) -> None:
    del state["stage4.rebnconv2.bn_s1.running_var"], state["outconv.bias"]
    state["stage7.rebnconvin.conv_s1.bias"] = np.zeros(3, np.float32)
    state["side1.weight"] = state["side1.weight"][:, :8]
    state["side2.bias"] = state["side2.bias"].astype(np.float64)
    with pytest.raises(TorchCheckpointError) as caught:
        u2net_from_state(state, "x.pth")
    message = str(caught.value)
    for part in (
        "x.pth is not a state dict of this U²-Net",
        "missing stage4.rebnconv2.bn_s1.running_var",
        "missing outconv.bias",
        "unexpected stage7.rebnconvin.conv_s1.bias",
        "side1.weight has shape (1, 8, 3, 3), expected (1, 64, 3, 3)",
        "side2.bias is float64, expected float32",
    ):
        assert part in message
    assert message.count(";") == 4


def test_neither_variant(state: dict[str, np.ndarray]) -> None:
    key = "stage1.rebnconv1.conv_s1.weight"
    state[key] = np.zeros((24, 64, 3, 3), np.float32)
    with pytest.raises(TorchCheckpointError, match=r"neither U²-Net nor U²-NetP: stage1.*shape \(24, 64, 3, 3\)"):
        u2net_from_state(state, "x.pth")
    del state[key]
    with pytest.raises(TorchCheckpointError, match="no state dict of a U²-Net: missing stage1"):
        u2net_from_state(state, "x.pth")


def test_a_folded_network_takes_no_state_dict(state: dict[str, np.ndarray]) -> None:
    network = U2Net("u2netp", batch_norm=False)
    network.build()
    shapes = {path: tuple(variable.shape) for path, variable in named_variables(network.variables).items()}
    with pytest.raises(ValueError, match=r"686 variables of a U2Net with batch norms, got 238"):
        u2net_arrays(state, shapes, "x.pth")
