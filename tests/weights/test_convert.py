from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import Triplet
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.onnx_u2net import u2net_from_onnx
from cgn_tf.weights.torch_biggan import biggan_from_state
from cgn_tf.weights.torch_models import model_from_torch
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import u2net_state
from tests.goldens.seeded_biggan import seeded_biggan
from tests.weights.hub_files import biggan_statistics, biggan_variables, make_module, saved_model
from tests.weights.legacy_files import state_parts
from tests.weights.legacy_files import written as legacy
from tests.weights.onnx_files import u2net_model
from tests.weights.test_torch_biggan import made_up_state

Save = Callable[[Path, Mapping[str, np.ndarray]], Path]
State = dict[str, np.ndarray]
PREFIXES = Triplet("f_shape.", "f_text.", "f_bg.")


def run(source: Path, output: Path, *flags: str, kind: str = "torch") -> int:
    return run_cli("convert", [f"--source={kind}", f"--input={source}", f"--output={output}", *flags])


def arrays(output: Path) -> dict[str, np.ndarray]:
    """What was written, under its names below the model."""
    written = checkpoints.read(output / "step_00000000").groups["model"]
    return {name.split("/", 1)[1]: array for name, array in written.items()}


def assert_same(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], below: str = "") -> None:
    """Holds the arrays under the prefix `below` to be the expected ones."""
    part = {name.removeprefix(below): array for name, array in found.items() if name.startswith(below)}
    assert part.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(part[name], array, err_msg=name)


def values(model: keras.Model) -> dict[str, np.ndarray]:
    return {name: variable.numpy() for name, variable in own_variables(model).items()}


def test_the_converted_checkpoint_is_the_model(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = save_torch(tmp_path / "x.pth", digit_state), tmp_path / "a" / "out"
    assert run(source, output) == 0
    assert "49 tensors, 659,992 parameters" in capsys.readouterr().out
    assert checkpoints.available(output) == [0]
    loaded, direct = checkpoints.load(output), model_from_torch(source)
    noise = np.random.default_rng(0).standard_normal((3, 32), np.float32)
    labels = Triplet(np.array([1, 2, 3]), np.array([4, 5, 6]), np.array([7, 8, 9]))
    for ours, expected in zip(loaded(noise, labels), direct(noise, labels), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(expected))
    assert float(np.std(loaded(noise, labels).image)) > 0.01


def test_an_output_in_use_is_refused(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    for path in (output, output / "notes.txt"):
        assert run(source, path) == 1
        assert "choose another --output" in capsys.readouterr().err
    assert [path.name for path in output.iterdir()] == ["notes.txt"]
    assert (output / "notes.txt").read_text() == "mine"


def test_a_bad_input_leaves_nothing_behind(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    del digit_state["f_shape.0.bias"]
    assert run(save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "missing f_shape.0.bias" in error
    assert len(error.strip().splitlines()) == 1
    assert run(tmp_path / "absent.pth", tmp_path / "out") == 1
    assert "absent.pth: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_finite_are_refused(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    digit_state["f_text1.4.bias"][5] = np.inf
    assert run(save_torch(tmp_path / "x.pth", digit_state), tmp_path / "out") == 1
    assert "cgn/texture/block0/norm/beta" in capsys.readouterr().err
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a TF-Hub module of BigGAN-deep at 128 pixels and width 4."""
    graph = saved_model(statistics=biggan_statistics())
    return make_module(tmp_path_factory.mktemp("hub") / "biggan-deep-128", graph, biggan_variables())


@pytest.fixture(scope="module")
def biggan_state() -> State:
    """HuggingFace's port of the same size, with ten classes."""
    return made_up_state()


@pytest.fixture(scope="module")
def masker_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """u2netp.pth, in the legacy format, as it is published."""
    return legacy(tmp_path_factory.mktemp("masker") / "u2netp.pth", state_parts(u2net_state("u2netp")))


@pytest.fixture(scope="module")
def mechanisms(biggan_state: State) -> Triplet[State]:
    """Three BigGANs that differ in an array or two."""
    bias, embeddings = "generator.gen_z.bias", "embeddings.weight"
    return Triplet(
        biggan_state,
        biggan_state | {bias: biggan_state[bias] + 1},
        biggan_state | {bias: biggan_state[bias] - 1, embeddings: biggan_state[embeddings] * 2},
    )


@pytest.fixture(scope="module")
def onnx_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """U²-NetP with seeded weights, as rembg ships it."""
    path = tmp_path_factory.mktemp("onnx") / "u2netp.onnx"
    path.write_bytes(u2net_model(u2net_state("u2netp")).SerializeToString())
    return path


@pytest.fixture
def cgn_state(mechanisms: Triplet[State]) -> State:
    """The reference's cgn.pth: mechanisms, masker, and the frozen generator, which is not read."""
    state = {
        f"{prefix}{key}": array
        for prefix, part in zip(PREFIXES, mechanisms, strict=True)
        for key, array in part.items()
    }
    state |= {f"u2net.{key}": array for key, array in u2net_state("u2netp").items()}
    return state | {"biggan_GT.generator.gen_z.weight_orig": np.zeros((3, 3), np.float32)}


def test_a_hub_module_as_directory_and_as_archive(
    tmp_path: Path, module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "biggan-deep-128.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(module, ".")
    expected = values(seeded_biggan(4, 128))
    for name, source in (("directory", module), ("archive", archive)):
        assert run(source, tmp_path / name, kind="hub") == 0
        assert f"BigGAN of {len(expected)} tensors" in capsys.readouterr().out
        assert_same(arrays(tmp_path / name), expected)
    loaded = checkpoints.load(tmp_path / "archive")
    assert isinstance(loaded, BigGAN)
    assert (loaded.resolution, loaded.width, loaded.num_classes, loaded.sigma_epsilon) == (128, 4, 1000, 1e-4)
    assert_same(values(loaded), expected)


def test_parameters_are_counted_as_they_are_published(
    tmp_path: Path, masker_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(masker_file, tmp_path / "out") == 0
    assert "U2Net of 686 tensors, 1,131,181 parameters" in capsys.readouterr().out


def test_u2net_in_the_legacy_format(tmp_path: Path, masker_file: Path) -> None:
    assert run(masker_file, tmp_path / "out") == 0
    assert_same(arrays(tmp_path / "out"), values(u2net_from_state(u2net_state("u2netp"), "x")))
    loaded = checkpoints.load(tmp_path / "out")
    assert isinstance(loaded, U2Net)
    assert (loaded.variant, loaded.align_corners) == ("u2netp", True)


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_u2net_of_onnx_keeps_its_input(kind: str, onnx_file: Path, tmp_path: Path) -> None:
    assert run(onnx_file, tmp_path / "out", kind=kind) == 0
    direct, loaded = u2net_from_onnx(onnx_file), checkpoints.load(tmp_path / "out")
    assert_same(arrays(tmp_path / "out"), values(direct))
    assert loaded.get_config() == direct.get_config()
    assert (direct.input_size, direct.normalisation, direct.align_corners) == (320, "imagenet", False)


def test_a_pytorch_file_is_no_onnx(masker_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(
        run(masker_file, tmp_path / "out", kind="onnx"), "u2netp.pth: expected an ONNX file", tmp_path / "out", capsys
    )


def test_parts_with_a_masker_of_onnx(onnx_file: Path, save_torch: Save, biggan_state: State, tmp_path: Path) -> None:
    backbone, output = save_torch(tmp_path / "x.bin", biggan_state), tmp_path / "out"
    flags = ["--source=parts", f"--backbone={backbone}", f"--masker={onnx_file}", f"--output={output}"]
    assert run_cli("convert", flags) == 0
    cgn = checkpoints.load(output)
    assert isinstance(cgn, CGN)
    expected = u2net_from_onnx(onnx_file)
    assert cgn.masker.network.get_config() == expected.get_config()
    assert_same(values(cgn.masker.network), values(expected))


@pytest.mark.parametrize("reversed_truncation", [False, True])
def test_biggan_of_huggingface(
    reversed_truncation: bool, tmp_path: Path, save_torch: Save, biggan_state: State
) -> None:
    source = save_torch(tmp_path / "biggan-deep-128-pytorch_model.bin", biggan_state)
    flag = f"--{'' if reversed_truncation else 'no'}reversed_truncation"
    assert run(source, tmp_path / "out", flag) == 0
    assert_same(arrays(tmp_path / "out"), values(biggan_from_state(biggan_state, "x")))
    loaded = checkpoints.load(tmp_path / "out")
    assert isinstance(loaded, BigGAN)
    described = loaded.resolution, loaded.width, loaded.num_classes, loaded.noise_dim, loaded.sigma_epsilon
    assert described == (128, 4, 10, 8, 0.0)
    assert loaded.reversed_truncation == reversed_truncation


@pytest.fixture(scope="module")
def parts(mechanisms: Triplet[State]) -> dict[str, State]:
    """What the parts of that file give when they are converted singly, by their prefix in the CGN."""
    biggans = {
        f"{factor}/": values(biggan_from_state(state, "x"))
        for factor, state in zip(Triplet._fields, mechanisms, strict=True)
    }
    return biggans | {"masker/u2net/": values(u2net_from_state(u2net_state("u2netp"), "x"))}


def test_a_whole_cgn_of_several_gpus_equals_its_parts(
    tmp_path: Path, save_torch: Save, cgn_state: State, parts: dict[str, State]
) -> None:
    state = {f"module.{key}": array for key, array in cgn_state.items()}
    assert run(save_torch(tmp_path / "cgn.pth", state), tmp_path / "out") == 0
    found = arrays(tmp_path / "out")
    for prefix, expected in parts.items():
        assert_same(found, expected, prefix)
    assert len(found) == sum(map(len, parts.values()))


def test_a_whole_cgn_is_loaded_with_its_parts(
    tmp_path: Path, save_torch: Save, cgn_state: State, parts: dict[str, State]
) -> None:
    assert run(save_torch(tmp_path / "cgn.pth", cgn_state), tmp_path / "out", "--reversed_truncation") == 0
    loaded = checkpoints.load(tmp_path / "out")
    assert isinstance(loaded, CGN)
    assert (loaded.num_classes, loaded.noise_dim) == (10, 8)
    assert (loaded.noise_distribution, loaded.shares_noise) == ("truncated_normal", True)
    assert [mechanism.reversed_truncation for mechanism in loaded.mechanisms] == [True] * 3
    assert loaded.masker.network.variant == "u2netp"
    for prefix, expected in parts.items():
        assert_same(values(loaded), expected, prefix)


def test_parts_make_a_cgn_at_the_start_of_its_training(
    tmp_path: Path, module: Path, masker_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(masker_file, tmp_path / "masker") == 0
    backbone, masker = values(seeded_biggan(4, 128)), values(u2net_from_state(u2net_state("u2netp"), "x"))
    arguments = ["--source=parts", f"--backbone={module}", f"--masker={tmp_path / 'masker'}"]
    capsys.readouterr()
    assert run_cli("convert", [*arguments, f"--output={tmp_path / 'cgn'}"]) == 0
    said = capsys.readouterr().out
    assert f"CGN of {3 * len(backbone) + len(masker)} tensors" in said
    assert f"from {module} and {tmp_path / 'masker'}" in said
    found = arrays(tmp_path / "cgn")
    for factor in Triplet._fields:
        assert_same(found, backbone, f"{factor}/")
    assert_same(found, masker, "masker/u2net/")


def assert_refused(code: int, expected: str, output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = capsys.readouterr().err
    assert code == 1
    assert expected in error
    assert len(error.strip().splitlines()) == 1
    assert not output.exists()


def test_a_state_dict_of_something_else_names_its_keys(
    tmp_path: Path, save_torch: Save, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {f"layer{i}.weight": np.zeros(3, np.float32) for i in range(6)}
    code = run(save_torch(tmp_path / "x.pth", state), tmp_path / "out")
    expected = "got keys such as layer0.weight, layer1.weight, layer2.weight, layer3.weight."
    assert_refused(code, expected, tmp_path / "out", capsys)


def test_what_does_not_fit_in_a_whole_cgn_is_named_with_its_prefix(
    tmp_path: Path, save_torch: Save, cgn_state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    output, key = tmp_path / "out", "generator.layers.3.conv_1.bias"

    def code(state: Mapping[str, np.ndarray]) -> int:
        return run(save_torch(tmp_path / "cgn.pth", state), output)

    assert_refused(
        code(cgn_state | {"discriminator.weight": np.zeros(3, np.float32)}),
        "expected keys that start with one of f_shape., f_text., f_bg., u2net., biggan_GT., got discriminator.weight.",
        output,
        capsys,
    )
    without = {name: array for name, array in cgn_state.items() if name != f"f_text.{key}"}
    assert_refused(
        code(without),
        f"cgn.pth (f_text.*) is not a BigGAN-deep at 128 pixels: missing {key}.",
        output,
        capsys,
    )
    without = {name: array for name, array in cgn_state.items() if name != "u2net.outconv.bias"}
    expected = "cgn.pth (u2net.*) is not a state dict of this U²-Net: missing outconv.bias"
    assert_refused(code(without), expected, output, capsys)
    without = {name: array for name, array in cgn_state.items() if not name.startswith("f_bg.")}
    expected = "cgn.pth (f_bg.*): expected generator.gen_z.weight_orig"
    assert_refused(code(without), expected, output, capsys)


def test_parts_of_the_wrong_kind(
    tmp_path: Path, module: Path, masker_file: Path, save_torch: Save, biggan_state: State,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    biggan_file, output = save_torch(tmp_path / "x.bin", biggan_state), tmp_path / "out"

    def code(backbone: object, masker: object) -> int:
        return run_cli(
            "convert", ["--source=parts", f"--backbone={backbone}", f"--masker={masker}", f"--output={output}"]
        )

    assert_refused(code(masker_file, masker_file), "u2netp.pth: expected a BigGAN-deep, got a U2Net.", output, capsys)
    assert_refused(code(biggan_file, biggan_file), "x.bin: expected a U²-Net, got a BigGAN.", output, capsys)
    absent = (
        "u2net.pth: expected the weights of U²-Net, got no such file; fetch u2net.pth (or u2netp.pth) from https://"
    )
    assert_refused(code(biggan_file, tmp_path / "u2net.pth"), absent, output, capsys)
    assert_refused(code(tmp_path / "no.tar.gz", masker_file), "no such file, directory or handle", output, capsys)


def test_contradictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, tmp_path / "out", "--backbone=a", "--masker=b", kind="parts") == 2
    assert "--input contradicts --source=parts, which takes --backbone and --masker." in capsys.readouterr().err
