from __future__ import annotations

import zlib
from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.models.networks.squeezenet import squeezenet_classifier
from cgn_tf.weights.feature_weights import (
    FeatureWeightsError,
    load_feature_weights,
    random_weight,
)
from tests.foreign_files import HTML_PAGE, LFS_POINTER

# Keras itself, when it writes a weights file with numpy 2.
WRITES_H5 = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.fixture
def squeezenet_arrays() -> dict[str, np.ndarray]:
    """Random weights of the whole network in the layout of squeezenet_v1.0.npz."""
    random = np.random.default_rng(0)
    arrays = {}
    for variable in squeezenet_classifier().variables:
        shape = tuple(variable.shape)
        layer, kind = variable.path.split("/")
        key = layer.replace("_", "/") + ("/W" if kind == "kernel" else "/b")
        arrays[key] = random.standard_normal([shape[i] for i in (3, 2, 0, 1)] if len(shape) == 4 else shape, np.float32)
    return arrays


def saved(path: Path, arrays: dict[str, np.ndarray]) -> str:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return str(path)


def test_random_weights_are_a_function_of_the_name() -> None:
    weight = random_weight("block1_conv1/kernel", (3, 3, 3, 64))
    stream = np.random.RandomState(zlib.crc32(b"block1_conv1/kernel"))
    np.testing.assert_array_equal(weight, np.float32(stream.standard_normal((3, 3, 3, 64)) * np.sqrt(2 / 27)))
    assert weight.dtype == np.float32
    assert random_weight("block1_conv1/bias", (20_000,)).std() == pytest.approx(0.05, rel=0.03)
    other = random_weight("block1_conv1/kernel", (3, 3, 3, 64), seed=1)
    assert abs(np.corrcoef(weight.ravel(), other.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("architecture", ["vgg16", "squeezenet"])
def test_random_source(architecture: str) -> None:
    networks = [FeatureNetwork(architecture, [1]) for _ in range(3)]
    said = [load_feature_weights(network, "random", seed) for network, seed in zip(networks, (0, 0, 1), strict=True)]
    assert said[0] == f"Features: {architecture} with seeded random weights (seed 0), not trained on any image."
    same, again, other = (np.concatenate([w.ravel() for w in network.get_weights()]) for network in networks)
    np.testing.assert_array_equal(same, again)
    assert np.abs(same - other).max() > 0.1
    first = networks[0].variables[0]
    np.testing.assert_array_equal(first.numpy(), random_weight(first.path, tuple(first.shape)))


def test_squeezenet_from_npz(tmp_path: Path, squeezenet_arrays: dict[str, np.ndarray]) -> None:
    path = saved(tmp_path / "s.npz", squeezenet_arrays)
    network = FeatureNetwork("squeezenet", [1])
    assert load_feature_weights(network, path) == f"Features: squeezenet with weights from {path}."
    values = {variable.path: variable.numpy() for variable in network.variables}
    kernel = squeezenet_arrays["fire2/expand3x3/W"]
    np.testing.assert_array_equal(values["fire2_expand3x3/kernel"], kernel.transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(values["conv1/bias"], squeezenet_arrays["conv1/b"])


def test_layers_that_are_not_computed_may_be_missing(tmp_path: Path, squeezenet_arrays: dict[str, np.ndarray]) -> None:
    shallow = {key: array for key, array in squeezenet_arrays.items() if key.startswith(("conv1/", "fire2", "fire3"))}
    path = saved(tmp_path / "s.npz", shallow)
    load_feature_weights(FeatureNetwork("squeezenet", [1]), path)
    with pytest.raises(FeatureWeightsError, match="missing fire4/squeeze1x1/W; missing fire4/squeeze1x1/b"):
        load_feature_weights(FeatureNetwork("squeezenet", [2]), path)


def test_everything_that_does_not_fit_is_named(tmp_path: Path, squeezenet_arrays: dict[str, np.ndarray]) -> None:
    arrays = squeezenet_arrays
    arrays["conv1/W"] = arrays["conv1/W"].transpose(2, 3, 1, 0)
    del arrays["fire2/squeeze1x1/b"]
    arrays["fire3/expand1x1/b"][3] = np.nan
    arrays["fire2/expand1x1/b"] = np.zeros(64, np.int32)
    arrays["fire10/W"] = np.zeros(1, np.float32)
    network = FeatureNetwork("squeezenet", [1])
    before = network.get_weights()
    with pytest.raises(FeatureWeightsError) as caught:
        load_feature_weights(network, saved(tmp_path / "s.npz", arrays))
    for part in (
        "conv1/W is float32[7, 7, 3, 96], expected float32[96, 3, 7, 7]",
        "missing fire2/squeeze1x1/b",
        "fire3/expand1x1/b holds values that are not finite",
        "fire2/expand1x1/b is int32[64], expected float32[64]",
        "unexpected fire10/W",
    ):
        assert part in str(caught.value)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.fixture(scope="module")
def vgg16() -> keras.Model:
    return keras.applications.VGG16(include_top=False, weights=None, input_shape=(None, None, 3))


def test_vgg16_from_npz(tmp_path: Path, vgg16: keras.Model) -> None:
    arrays = {v.path: v.numpy() for v in vgg16.variables if v.path.startswith(("block1", "block2"))}
    network = FeatureNetwork("vgg16", [1])
    load_feature_weights(network, saved(tmp_path / "v.npz", arrays))
    for variable in network.variables:
        np.testing.assert_array_equal(variable.numpy(), arrays[variable.path])


@WRITES_H5
def test_vgg16_from_h5(tmp_path: Path, vgg16: keras.Model) -> None:
    path = tmp_path / "vgg.weights.h5"
    vgg16.save_weights(path)
    network = FeatureNetwork("vgg16", [3])
    load_feature_weights(network, str(path))
    for variable in network.variables:
        layer, kind = variable.path.split("/")
        np.testing.assert_array_equal(variable.numpy(), getattr(vgg16.get_layer(layer), kind).numpy())
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FeatureWeightsError, match=r"not the weights of keras\.applications\.VGG16"):
        load_feature_weights(network, str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        (LFS_POINTER, "expected an HDF5 file, got a Git LFS pointer; run git lfs pull"),
        (HTML_PAGE, "expected an HDF5 file, got an HTML page; download the file itself"),
        (b"", "expected an HDF5 file, got an empty file"),
        (b"nothing", r"not the weights of keras\.applications\.VGG16"),
    ],
)
def test_what_is_no_h5(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "vgg.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FeatureWeightsError, match=rf"vgg\.h5: {message}"):
        load_feature_weights(FeatureNetwork("vgg16", [0]), str(path))


@WRITES_H5
def test_h5_of_another_network(tmp_path: Path) -> None:
    inputs = keras.Input((4,))
    other = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(FeatureWeightsError, match=r"not the weights of keras\.applications\.VGG16"):
        load_feature_weights(FeatureNetwork("vgg16", [0]), str(tmp_path / "other.weights.h5"))


def test_imagenet_download(monkeypatch: pytest.MonkeyPatch, vgg16: keras.Model) -> None:
    real, asked = keras.applications.VGG16, []

    def downloading(**arguments: object) -> keras.Model:
        asked.append(arguments["weights"])
        return vgg16 if arguments["weights"] else real(**arguments)

    monkeypatch.setattr(keras.applications, "VGG16", downloading)
    network = FeatureNetwork("vgg16", [0])
    load_feature_weights(network, "imagenet")
    assert "imagenet" in asked
    np.testing.assert_array_equal(network.variables[0].numpy(), vgg16.get_layer("block1_conv1").kernel.numpy())

    def failing(**arguments: object) -> keras.Model:
        raise Exception("URL fetch failure on https://x: None -- no route\nto host")

    monkeypatch.setattr(keras.applications, "VGG16", failing)
    with pytest.raises(FeatureWeightsError, match=r"URL fetch failure.*path.*SqueezeNet.*random") as caught:
        load_feature_weights(network, "imagenet")
    assert "\n" not in str(caught.value)


def test_other_sources() -> None:
    network = FeatureNetwork("squeezenet", [0])
    for source, message in {
        "imagenet": "have no download: give the path",
        "pretrained": "expected imagenet, random or the path of a .npz file for squeezenet, got 'pretrained'",
        "weights.h5": "expected imagenet, random or the path of a .npz file for squeezenet",
    }.items():
        with pytest.raises(FeatureWeightsError, match=message):
            load_feature_weights(network, source)


def test_vgg16_up_to_the_last_tap(shared: Path) -> None:
    """The ten convolutions of a file without the layers behind block4_conv3 serve all four taps."""
    path = shared / "weights" / "vgg16_block1_to_4.npz"
    network = FeatureNetwork("vgg16", [0, 1, 2, 3])
    assert load_feature_weights(network, str(path)) == f"Features: vgg16 with weights from {path}."
    with np.load(path) as stored:
        assert {variable.path for variable in network.variables} == set(stored.files)
        for variable in network.variables:
            np.testing.assert_array_equal(variable.numpy(), stored[variable.path])
