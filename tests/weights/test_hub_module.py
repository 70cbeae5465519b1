from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from cgn_tf.weights.hub_module import HubModuleError, open_hub_module
from tests.weights.hub_files import VARIABLES, check, make_module, saved_model


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return make_module(tmp_path / "module")


def test_the_shared_module(shared: Path) -> None:
    with open_hub_module(str(shared / "hub" / "biggan-deep-256-tiny")) as opened:
        names = opened.variable_names()
        assert names["linear/w/ema_0.9999"] == (1000, 128)
        assert names["Generator/conv_to_rgb/b/ema_0.9999"] == names["Generator/BatchNorm/scale/ema_0.9999"][-1:]
        assert opened.variable("linear/w/ema_0.9999").shape == (1000, 128)
        statistics = opened.statistics()
        assert len(statistics) == 49
        for block in range(12):
            channels = names[f"Generator/GBlock{f'_{block}' if block else ''}/conv0/w/ema_0.9999"][2:]
            widths = [means.shape[1] for means, _ in statistics[4 * block : 4 * block + 4]]
            assert widths == [channels[0], *[channels[1]] * 3]
        assert statistics[48][0].shape == (51, names["Generator/BatchNorm/scale/ema_0.9999"][-1])
        assert all(pair[0].shape == pair[1].shape and (pair[1] >= 0).all() for pair in statistics)


@pytest.mark.slow
def test_the_graph_gives_the_same_statistics(shared: Path) -> None:
    directory = str(shared / "hub" / "biggan-deep-256-tiny")
    with open_hub_module(directory) as opened:
        statistics = opened.statistics()
    loaded = tf.saved_model.load(directory, tags=[])
    for number in (0, 24, 48):
        for step, ours in zip((1, 3), statistics[number], strict=True):
            np.testing.assert_array_equal(loaded.prune([], f"stack_{5 * number + step}:0")().numpy(), ours)


def test_a_directory(module: Path) -> None:
    with open_hub_module(str(module)) as opened:
        assert opened.path == module
        check(opened)
    check(opened)  # a directory of the user's stays


def test_a_directory_around_the_module(module: Path) -> None:
    with open_hub_module(str(module.parent)) as opened:
        assert opened.path == module


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("prefix", ["", "module_apply_default/"])
def test_forms_of_the_statistics(packed: bool, prefix: str, tmp_path: Path) -> None:
    with open_hub_module(str(make_module(tmp_path / "m", saved_model(packed, prefix)))) as opened:
        check(opened)


@pytest.mark.parametrize("missing", ["saved_model.pb", "variables.index", "variables.data-00000-of-00001"])
def test_a_directory_that_is_no_module(missing: str, module: Path) -> None:
    file = next(module.rglob(missing))
    file.unlink()
    with pytest.raises(HubModuleError, match="missing; expected a whole TF1-Hub module") as caught:
        open_hub_module(str(module))
    assert str(caught.value).startswith(f"{file}: ")


def test_a_missing_variable_is_named(module: Path) -> None:
    with open_hub_module(str(module)) as opened, pytest.raises(HubModuleError) as caught:
        opened.variable("linear/w/ema")
    assert f"{module}/variables/variables: variable 'linear/w/ema' is missing" in str(caught.value)


@pytest.mark.parametrize("cut", [0, 10, -1])
def test_a_damaged_index(cut: int, module: Path) -> None:
    file = module / "variables" / "variables.index"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(HubModuleError, match=r"variables\.index: damaged or unreadable \(.*Fetch the module again"):
        open_hub_module(str(module))


def test_damaged_data(module: Path) -> None:
    file = module / "variables" / "variables.data-00000-of-00001"
    content = file.read_bytes()
    start = content.index(VARIABLES["linear/w/ema_0.9999"].tobytes())
    file.write_bytes(content[: start + 5] + b"\x55" + content[start + 6 :])
    with open_hub_module(str(module)) as opened:
        assert opened.variable("step") == 7
        with pytest.raises(HubModuleError, match=r"00001: damaged .* at variable 'linear/w/ema_0.9999' \(.*hecksum"):
            opened.variable("linear/w/ema_0.9999")
    file.write_bytes(content[:-1])
    with open_hub_module(str(module)) as opened, pytest.raises(HubModuleError, match="00001: damaged or unreadable"):
        [opened.variable(name) for name in VARIABLES]
    file.write_bytes(content[:20])
    with pytest.raises(HubModuleError, match=r"00001: has 20 bytes, too few for variable 'linear/w/ema_0\.9999'"):
        open_hub_module(str(module))


def test_a_damaged_graph(module: Path) -> None:
    content = saved_model()
    for length in [*range(0, len(content), 997), len(content) - 1]:
        (module / "saved_model.pb").write_bytes(content[:length])
        with open_hub_module(str(module)) as opened, pytest.raises(HubModuleError) as caught:
            opened.statistics()
        assert str(caught.value).startswith(f"{module}/saved_model.pb: ")


def test_a_graph_with_other_statistics(module: Path) -> None:
    def fails(content: bytes, message: str) -> None:
        (module / "saved_model.pb").write_bytes(content)
        with open_hub_module(str(module)) as opened, pytest.raises(HubModuleError, match=message):
            opened.statistics()

    def changed(change: Callable[[dict[str, Any]], object], packed: bool = True) -> bytes:
        model = saved_model_pb2.SavedModel.FromString(saved_model(packed))
        change({node.name: node for node in model.meta_graphs[0].graph_def.node})
        return model.SerializeToString()

    def bind_config(nodes: dict[str, Any]) -> None:
        nodes["stack_1"].attr["value"].tensor.tensor_shape.dim[1].size = 2**40

    def shorten(nodes: dict[str, Any]) -> None:
        nodes["stack_1"].attr["value"].tensor.tensor_content = b"\0" * 8

    half = np.zeros((51, 5), np.float16)
    fails(changed(lambda nodes: setattr(nodes["stack_1"], "name", "x")), r"no truncation statistics \(node 'stack_1'\)")
    fails(changed(lambda nodes: setattr(nodes["stack_3"], "name", "x")), r"node 'stack_3' .*, which is missing")
    fails(changed(lambda nodes: setattr(nodes["Const_7"], "op", "Add")), r"'Const_7' .*the operation 'Add'")
    fails(changed(lambda nodes: nodes["stack_6"].input.pop()), "'stack_6' has 50 rows; expected 51")
    fails(changed(lambda nodes: nodes["stack_1"].input.append("other/Const")), "'other/Const' .*, which is missing")
    fails(
        changed(lambda nodes: nodes["stack_1"].input.append(nodes["stack_6"].input[0])), "packs no rows of one length"
    )
    fails(changed(bind_config, packed=False), r"'stack_1' claims the shape \[51, 1099511627776\]")
    fails(changed(shorten, packed=False), "damaged or unreadable at node 'stack_1'")
    fails(saved_model(packed=False, stack_1=half), r"node 'stack_1' has shape \[51, 5\]; expected float32 of rank 2")
    fails(saved_model(packed=False, stack_1=np.zeros((50, 5), np.float32)), "'stack_1' has 50 rows; expected 51")
    fails(saved_model(stack_3=np.zeros((51, 4), np.float32)), r"means of shape \(51, 5\) and variances of shape")
