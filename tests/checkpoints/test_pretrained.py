"""BigGAN-deep and U²-Net from every form that they are at hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.checkpoints import CheckpointError, storage
from cgn_tf.checkpoints.pretrained import load_backbone, load_masker, masker_of, weight_files
from cgn_tf.errors import CommandError
from cgn_tf.models.constructor import constructor
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.assignment import named_variables, own_variables
from cgn_tf.weights.hub_module import HubModuleError
from cgn_tf.weights.masker_options import MaskerOptions
from cgn_tf.weights.torch_biggan import biggan_from_state
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import u2net_state
from tests.goldens.seeded_biggan import seeded_biggan
from tests.weights.hub_files import biggan_statistics, biggan_variables, make_module, saved_model
from tests.weights.legacy_files import state_parts, written
from tests.weights.onnx_files import u2net_model
from tests.weights.test_torch_biggan import made_up_state


def saved(model: keras.Model, directory: Path) -> str:
    """As the convert command writes it."""
    arrays = {name: variable.numpy() for name, variable in named_variables(model.variables).items()}
    storage.save(directory, 0, {"model": arrays}, model=constructor(model), config=None, keep=1)
    return str(directory)


def assert_same(model: keras.Model, expected: keras.Model) -> None:
    found, wanted = own_variables(model), own_variables(expected)
    assert found.keys() == wanted.keys()
    for name, variable in wanted.items():
        np.testing.assert_array_equal(found[name].numpy(), variable.numpy(), err_msg=name)


def input_of(network: U2Net) -> tuple[Any, ...]:
    return network.input_size, network.normalisation, network.align_corners


@pytest.fixture(scope="module")
def biggan() -> BigGAN:
    return seeded_biggan(4, 128)


@pytest.fixture(scope="module")
def u2net() -> U2Net:
    return u2net_from_state(u2net_state("u2netp"), "the recipe")


@pytest.fixture(scope="module")
def sources(biggan: BigGAN, u2net: U2Net, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where each form of the two networks lies; not to be changed."""
    root = tmp_path_factory.mktemp("pretrained")
    module = make_module(root / "module", saved_model(statistics=biggan_statistics()), biggan_variables())
    torch_biggan = written(root / "biggan-deep-128-pytorch_model.bin", state_parts(made_up_state()))
    onnx_u2net = root / "u2netp.onnx"
    onnx_u2net.write_bytes(u2net_model(u2net_state("u2netp")).SerializeToString())
    torch_u2net = written(root / "u2netp.pth", state_parts(u2net_state("u2netp")))
    return {
        "module": str(module),
        "biggan.bin": str(torch_biggan),
        "biggan converted": saved(biggan, root / "biggan"),
        "biggan in training": str(Path(saved(biggan, root / "run" / "checkpoints")).parent),
        "u2netp.pth": str(torch_u2net),
        "u2netp.onnx": str(onnx_u2net),
        "onnx converted": saved(load_masker(str(onnx_u2net)), root / "onnx"),
        "u2net converted": saved(u2net, root / "u2net"),
    }


@pytest.mark.parametrize("form", ["module", "biggan converted", "biggan in training"])
def test_a_backbone_of_hub_in_each_form(form: str, sources: dict[str, str], biggan: BigGAN) -> None:
    assert_same(load_backbone(sources[form], resolution=128), biggan)


@pytest.mark.parametrize("reversed_truncation", [False, True])
def test_a_backbone_of_pytorch(reversed_truncation: bool, sources: dict[str, str]) -> None:
    found = load_backbone(sources["biggan.bin"], reversed_truncation=reversed_truncation)
    assert_same(found, biggan_from_state(made_up_state(), "x"))
    assert (found.reversed_truncation, found.sigma_epsilon) == (reversed_truncation, 0.0)


@pytest.mark.parametrize("form", ["module", "biggan.bin", "biggan converted"])
def test_another_resolution_than_needed(form: str, sources: dict[str, str]) -> None:
    with pytest.raises(CommandError, match=r"expected resolution 256, got 128.*choose another") as caught:
        load_backbone(sources[form], resolution=256)
    assert str(caught.value).startswith(sources[form])


@pytest.mark.parametrize("form", ["u2netp.pth", "u2net converted"])
def test_a_masker_in_each_form(form: str, sources: dict[str, str], u2net: U2Net) -> None:
    found = load_masker(sources[form])
    assert found.variant == "u2netp"
    assert_same(found, u2net)


@pytest.mark.parametrize(
    ("form", "source_input"),
    [
        ("u2netp.pth", (None, "raw", True)),
        ("u2net converted", (None, "raw", True)),
        ("u2netp.onnx", (320, "imagenet", False)),
        ("onnx converted", (320, "imagenet", False)),
    ],
)
def test_the_input_that_is_right_for_a_source(
    form: str, source_input: tuple[Any, ...], sources: dict[str, str]
) -> None:
    assert input_of(masker_of(MaskerOptions(sources[form]))) == source_input


def test_another_input_than_that_of_the_source(sources: dict[str, str]) -> None:
    asked = masker_of(MaskerOptions(sources["u2netp.pth"], 192, "imagenet", "true"))
    assert input_of(asked) == (192, "imagenet", True)
    assert_same(asked, load_masker(sources["u2netp.pth"]))
    own_size = masker_of(MaskerOptions(sources["u2netp.onnx"], -1, "raw", "false"))
    assert input_of(own_size) == (None, "raw", False)


def test_networks_of_another_kind(sources: dict[str, str]) -> None:
    for form in ("u2netp.pth", "u2net converted"):
        with pytest.raises(CheckpointError, match="expected a BigGAN-deep, got a U2Net"):
            load_backbone(sources[form])
    for form in ("biggan.bin", "biggan converted"):
        with pytest.raises(CheckpointError, match="expected a U²-Net, got a BigGAN"):
            load_masker(sources[form])


def test_what_is_not_there(tmp_path: Path) -> None:
    way = r"fetch .*https://github\.com/xuebinqin/U-2-Net, or u2net\.onnx .* of rembg, and give its path"
    with pytest.raises(CheckpointError, match=rf"u2net\.pth: expected the weights of U²-Net, got no such file; {way}"):
        load_masker(str(tmp_path / "u2net.pth"))
    with pytest.raises(HubModuleError, match="no such file, directory or handle"):
        load_backbone(str(tmp_path / "absent"))
    with pytest.raises(CommandError, match=r"absent\.bin: cannot be read"):
        load_backbone(str(tmp_path / "absent.bin"))


def test_files_and_directories_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(b"nothing")
    for load in (load_backbone, load_masker):
        with pytest.raises(CommandError, match=r"x\.pth: expected a PyTorch checkpoint, got a file that starts with"):
            load(str(tmp_path / "x.pth"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(HubModuleError, match="empty"):
        load_backbone(str(tmp_path / "empty"))
    with pytest.raises(CommandError, match="empty"):
        load_masker(str(tmp_path / "empty"))


def test_the_files_that_hold_weights(tmp_path: Path) -> None:
    def written(*names: str) -> list[Path]:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return [tmp_path / name for name in names]

    assert weight_files("https://tfhub.dev/deepmind/biggan-deep-256/1") == weight_files(str(tmp_path / "none")) == []
    (file,) = written("u2net.pth")
    assert weight_files(str(file)) == [file]
    files = written("module/saved_model.pb", "module/variables/variables.index")
    assert weight_files(str(tmp_path / "module")) == files
    # of checkpoints what is loaded: of the newest that has arrays, the moving average where there is one
    old, plain = written(
        "run/checkpoints/step_00000001/ema.safetensors", "run/checkpoints/step_00000002/model.safetensors"
    )
    written("run/checkpoints/step_00000003/manifest.json", "run/step_00000009/model.safetensors", "run/config.json")
    assert weight_files(str(tmp_path / "run")) == [plain] != [old]
    averaged = written("run/checkpoints/step_00000002/ema.safetensors")
    assert weight_files(str(tmp_path / "run")) == averaged
    converted = written("converted/step_00000000/model.safetensors")
    assert weight_files(str(tmp_path / "converted")) == converted
