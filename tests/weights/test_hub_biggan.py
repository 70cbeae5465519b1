"""BigGAN-deep from modules written by hand, and from the shared one: everything is read, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.weights.assignment import AssignmentError, own_variables
from cgn_tf.weights.hub_biggan import biggan_from_hub
from cgn_tf.weights.hub_module import HubModule, HubModuleError
from tests.goldens.seeded_biggan import seeded_biggan
from tests.weights.hub_files import biggan_statistics, biggan_variables, make_module, saved_model

Variables = dict[str, np.ndarray]
EMA = "/ema_0.9999"
IGNORED = ("u1", "u2", "accumulated_mean", "accumulated_var", "accumulation_counter")


@pytest.fixture(scope="module")
def graph() -> bytes:
    return saved_model(statistics=biggan_statistics())


@pytest.fixture
def variables() -> Variables:
    return biggan_variables()


@pytest.fixture
def module(tmp_path: Path, graph: bytes, variables: Variables) -> Path:
    return make_module(tmp_path / "module", graph, variables)


@pytest.fixture
def refusal(tmp_path: Path, graph: bytes, variables: Variables) -> Callable[[], str]:
    """The message with which a module of the variables, as the test has changed them, is refused."""

    def message_of() -> str:
        path = make_module(tmp_path / "changed", graph, variables)
        with pytest.raises(HubModuleError) as caught:
            biggan_from_hub(str(path))
        assert str(caught.value).startswith(str(path))
        return str(caught.value)

    return message_of


def test_every_variable_is_set_from_its_key(module: Path) -> None:
    biggan = biggan_from_hub(str(module))
    assert (biggan.resolution, biggan.width, biggan.num_classes, biggan.noise_dim) == (128, 4, 1000, 128)
    assert not biggan.reversed_truncation
    assert biggan.sigma_epsilon == 1e-4
    expected = own_variables(seeded_biggan(4, 128))
    variables = own_variables(biggan)
    assert variables.keys() == expected.keys()
    for name, variable in variables.items():
        np.testing.assert_array_equal(variable.numpy(), expected[name].numpy(), err_msg=name)


def spied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the variables that are read from now on."""
    read: list[str] = []
    variable = HubModule.variable

    def spy(self: HubModule, name: str) -> np.ndarray:
        read.append(name)
        return variable(self, name)

    monkeypatch.setattr(HubModule, "variable", spy)
    return read


def assert_complete(read: list[str], names: set[str]) -> None:
    """Averages and u0 are read once; what is not read are their raw twins and what is known to be of no use."""
    assert len(read) == len(set(read))
    assert set(read) == {name for name in names if name.endswith((EMA, "/u0"))}
    for name in names - set(read):
        assert name + EMA in names or name.rsplit("/", 1)[-1] in IGNORED, name


def test_what_is_not_read_is_known(module: Path, variables: Variables, monkeypatch: pytest.MonkeyPatch) -> None:
    read = spied(monkeypatch)
    biggan_from_hub(str(module))
    assert_complete(read, set(variables))
    assert {name.rsplit("/", 1)[-1] for name in set(variables) - set(read)} >= {"w", "b", "gamma", "scale", *IGNORED}


def test_what_is_not_read_of_the_shared_module_is_known(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shared / "hub" / "biggan-deep-256-tiny"
    read = spied(monkeypatch)
    biggan = biggan_from_hub(str(path), resolution=256, width=4)
    assert (biggan.resolution, biggan.width) == (256, 4)
    assert len(read) == 354
    with HubModule(path) as module:
        assert_complete(read, set(module.variable_names()))


def test_what_is_of_no_use_may_be_missing(tmp_path: Path, graph: bytes, variables: Variables) -> None:
    needed = {name: array for name, array in variables.items() if name.endswith((EMA, "/u0"))}
    biggan = biggan_from_hub(str(make_module(tmp_path / "m", graph, needed)))
    np.testing.assert_array_equal(biggan.to_rgb.kernel.numpy(), variables[f"Generator/conv_to_rgb/w{EMA}"])


def test_missing_keys_are_named(variables: Variables, refusal: Callable[[], str]) -> None:
    missing = [
        "Generator/GenZ/G_linear/u0",
        "Generator/GBlock/conv0/b/ema_0.9999",
        "Generator/GBlock/BatchNorm/offset/u0",
        "Generator/GBlock_7/conv2/w/ema_0.9999",
        "Generator/GBlock_3/BatchNorm_1/scale/w/ema_0.9999",
        "Generator/attention/theta/u0",
        "Generator/attention/gamma/ema_0.9999",
        "Generator/BatchNorm/scale/ema_0.9999",
    ]
    for key in missing:
        del variables[key]
    message = refusal()
    start = "is no BigGAN-deep of width 4 at 128 pixels: missing "
    assert start in message
    assert set(message[message.index(start) + len(start) : -1].split("; missing ")) == set(missing)


@pytest.mark.parametrize("key", ["linear/w/ema_0.9999", "Generator/GenZ/G_linear/w/ema_0.9999"])
def test_a_module_without_what_tells_its_size(key: str, variables: Variables, refusal: Callable[[], str]) -> None:
    variables[key] = variables[key][0]
    assert f"variable {key!r} is no matrix; is it a BigGAN-deep module?" in refusal()


@pytest.mark.parametrize("key", ["linear/w/ema_0.9999", "Generator/GenZ/G_linear/w/ema_0.9999"])
def test_a_module_that_lacks_what_tells_its_size(key: str, variables: Variables, refusal: Callable[[], str]) -> None:
    del variables[key]
    assert f"variable {key!r} is missing; is it a BigGAN-deep module?" in refusal()


def test_unknown_keys_are_named(variables: Variables, refusal: Callable[[], str]) -> None:
    unknown = ["Discriminator/linear/w", "Generator/GBlock_2/conv1/u3", "Generator/GBlock_2/conv4/w/ema_0.9999", "step"]
    variables |= dict.fromkeys(unknown, np.zeros((3, 3), np.float32))
    named = "; ".join(f"unexpected {key}" for key in unknown)
    assert refusal().endswith(f"is no BigGAN-deep of width 4 at 128 pixels: {named}.")


def test_wrong_shapes_are_named(variables: Variables, refusal: Callable[[], str]) -> None:
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {  # one that is close, and the right one
        "Generator/GBlock_4/conv1/w/ema_0.9999": ((3, 3, 8, 4), (3, 3, 8, 8)),
        "Generator/GBlock_4/conv1/u0": ((8,), (1, 8)),
        "Generator/BatchNorm/offset/ema_0.9999": ((4,), (1, 1, 1, 4)),
        "Generator/attention/gamma/ema_0.9999": ((), (1,)),
        "Generator/conv_to_rgb/w/ema_0.9999": ((3, 3, 4, 3), (3, 3, 4, 4)),
    }
    variables |= {key: np.zeros(shape, np.float32) for key, (shape, _) in shapes.items()}
    message = refusal()
    for key, (shape, right) in shapes.items():
        assert f"{key} has shape {shape}, expected {right}" in message
    assert message.count(";") == len(shapes) - 1


def test_one_block_of_another_width(variables: Variables, refusal: Callable[[], str]) -> None:
    wider = biggan_variables(8)
    block = [key for key in variables if key.startswith("Generator/GBlock_6/") and key.endswith((EMA, "/u0"))]
    variables |= {key: wider[key] for key in block}
    message = refusal()
    assert "Generator/GBlock_6/BatchNorm/scale/u0 has shape (1, 32), expected (1, 16)" in message
    # 8 of its 28 tensors are shown: two of each part of the norms, three of each convolution
    assert message.endswith(f"; and {len(block) - 8} more.")


def test_several_problems_are_told_at_once(variables: Variables, refusal: Callable[[], str]) -> None:
    del variables["Generator/attention/g/u0"]
    variables["step"] = np.zeros(1, np.float32)
    variables["Generator/attention/phi/u0"] = np.zeros((1, 7), np.float32)
    message = refusal()
    for part in (
        "missing Generator/attention/g/u0; ", "unexpected step; ", "attention/phi/u0 has shape (1, 7), expected (1, 1)."
    ):  # fmt: skip
        assert part in message


def test_a_number_of_blocks_that_no_resolution_has(variables: Variables, refusal: Callable[[], str]) -> None:
    for key in [key for key in variables if key.startswith("Generator/GBlock_9/")]:
        del variables[key]
    assert (
        "expected as many Generator/GBlock_* as 10 (128 pixels), 12 (256 pixels), 14 (512 pixels); got 9." in refusal()
    )


@pytest.mark.parametrize("columns", [256 * 5, 1000, 0])
def test_a_width_that_cannot_be(columns: int, variables: Variables, refusal: Callable[[], str]) -> None:
    variables[f"Generator/GenZ/G_linear/w{EMA}"] = np.zeros((256, columns), np.float32)
    assert f"G_linear/w{EMA} of shape (d, 256·width), width a multiple of 4; got (256, {columns})." in refusal()


def test_another_number_type_is_named(tmp_path: Path, graph: bytes, variables: Variables) -> None:
    key = f"Generator/GBlock_1/conv1/w{EMA}"
    variables[key] = variables[key].astype(np.float64)
    with pytest.raises(AssignmentError, match=r"block1/conv1/kernel \(expected float32 .*, got float64") as caught:
        biggan_from_hub(str(make_module(tmp_path / "m", graph, variables)))
    assert isinstance(caught.value, CommandError)


def test_damaged_data(module: Path, variables: Variables) -> None:
    file = module / "variables" / "variables.data-00000-of-00001"
    content = bytearray(file.read_bytes())
    key = f"Generator/GBlock_5/conv1/w{EMA}"
    content[content.index(variables[key].tobytes()) + 3] ^= 1
    file.write_bytes(content)
    with pytest.raises(HubModuleError, match=rf"00001: damaged or unreadable at variable '{re.escape(key)}'"):
        biggan_from_hub(str(module))


def test_damage_to_what_is_not_read_does_no_harm(module: Path) -> None:
    file = module / "variables" / "variables.data-00000-of-00001"
    content = bytearray(file.read_bytes())
    twin = np.full((3, 3, 16, 16), 99, np.float32).tobytes()
    content[content.index(twin) + 3] ^= 1
    file.write_bytes(content)
    assert biggan_from_hub(str(module)).resolution == 128


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_graph(share: float, module: Path, graph: bytes) -> None:
    file = module / "saved_model.pb"
    file.write_bytes(graph[: int(share * len(graph))])
    with pytest.raises(HubModuleError) as caught:
        biggan_from_hub(str(module))
    assert str(caught.value).startswith(f"{file}: ")


def test_another_resolution_or_width_than_needed(module: Path) -> None:
    assert biggan_from_hub(str(module), resolution=128, width=4).width == 4
    with pytest.raises(HubModuleError, match=rf"^{module}: expected resolution 256, got 128 .*choose another module"):
        biggan_from_hub(str(module), resolution=256)
    with pytest.raises(HubModuleError, match=rf"^{module}: expected width 128, got 4 .*shape \(256, 1024\)"):
        biggan_from_hub(str(module), width=128)


def test_statistics_of_too_few_norms_or_of_another_width(module: Path) -> None:
    statistics = biggan_statistics()
    (module / "saved_model.pb").write_bytes(saved_model(statistics=statistics[:-1]))
    with pytest.raises(HubModuleError, match="pixels: statistics of 40 batch norms, expected 41"):
        biggan_from_hub(str(module))
    statistics[3] = biggan_statistics(8)[3]
    (module / "saved_model.pb").write_bytes(saved_model(statistics=statistics))
    with pytest.raises(HubModuleError, match=r"pixels: stack_16 has shape \(51, 32\), expected \(51, 16\)"):
        biggan_from_hub(str(module))


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HubModuleError, match="no such file, directory or handle"):
        biggan_from_hub(str(tmp_path / "absent"))
