"""BigGAN-deep as its users see it; the numbers of the published modules stand in tests/goldens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.layers.spectral import SpectralConv, SpectralDense
from cgn_tf.models.folding import folds, for_inference
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.ops.spectral import spectral_norm
from cgn_tf.weights.assignment import own_variables
from tests.goldens.seeded_biggan import seeded_biggan


@pytest.fixture(scope="module")
def biggan() -> BigGAN:
    return seeded_biggan(4, 128)


@pytest.fixture(scope="module")
def folded(biggan: BigGAN) -> BigGAN:
    return for_inference(biggan)


@pytest.fixture
def bfloat16() -> Iterator[None]:
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 128), np.float32)


def array(images: Any) -> np.ndarray:
    return np.asarray(tf.cast(images, tf.float32))


def values(biggan: BigGAN) -> dict[str, np.ndarray]:
    return {name: variable.numpy() for name, variable in own_variables(biggan).items()}


@pytest.mark.parametrize(("resolution", "parameters"), [(128, 50_388_609), (256, 55_880_833), (512, 56_163_905)])
def test_published_parameter_counts(resolution: int, parameters: int) -> None:
    biggan = BigGAN(resolution)
    biggan.build()
    assert sum(int(np.prod(variable.shape)) for variable in biggan.trainable_variables) == parameters
    fixed = {variable.name for variable in biggan.non_trainable_variables}
    assert fixed == {"u0", "statistics"}
    assert biggan.image_size == resolution


def test_images_in_range_that_depend_on_noise_class_and_truncation(biggan: BigGAN) -> None:
    images = array(biggan(noise(3), [0, 500, 999], 0.7))
    assert images.shape == (3, 128, 128, 3)
    assert np.abs(images).max() <= 1
    assert images.std() > 0.05
    for other in (
        biggan(noise(3, 1), [0, 500, 999], 0.7), biggan(noise(3), [1, 501, 998], 0.7), biggan(noise(3), [0, 500, 999])
    ):  # fmt: skip
        assert np.abs(array(other) - images).reshape(3, -1).max(1).min() > 0.05


def test_full_size_of_the_noise_is_truncation_one(biggan: BigGAN) -> None:
    np.testing.assert_array_equal(biggan(noise(1), [3]), biggan(noise(1), [3], 1.0))


def test_the_gradient_reaches_every_weight_and_nothing_fixed_moves(biggan: BigGAN) -> None:
    before = values(biggan)
    assert before["attention/gamma"] != 0
    weights = np.random.default_rng(2).standard_normal((2, 128, 128, 3), np.float32)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(biggan(noise(2), [3, 5], 0.51, training=True) * weights)
    variables = own_variables(biggan)
    trained = {name: variable for name, variable in variables.items() if variable.trainable}
    gradients = tape.gradient(total, {name: variable.value for name, variable in trained.items()})
    for name, gradient in gradients.items():
        assert gradient is not None, name
        found = np.asarray(tf.convert_to_tensor(gradient))
        assert np.isfinite(found).all(), name
        assert np.abs(found).max() > 0, name
    assert not any(name.endswith(("/u0", "/statistics")) for name in trained)
    assert {name for name in variables if name not in trained} == {
        name for name in variables if name.endswith(("/u0", "/statistics"))
    }
    embedding = np.asarray(tf.convert_to_tensor(gradients["class_embedding/embeddings"]))
    assert set(np.flatnonzero(np.abs(embedding).max(1))) == {3, 5}
    for name, value in values(biggan).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_channels_that_are_not_shown_have_their_gradient_through_sigma(biggan: BigGAN) -> None:
    layer: Any = biggan.to_rgb
    x, weights = np.random.default_rng(3).standard_normal((2, 2, 8, 8, 4), np.float32)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(x) * weights[..., :3])
    kernel, bias = tape.gradient(total, [layer.kernel.value, layer.bias.value])
    plain = tf.constant(layer.kernel.numpy())
    with tf.GradientTape() as tape:
        tape.watch(plain)
        sigma = spectral_norm(plain, layer.u0.value)
    slope = tape.gradient(sigma, plain)
    # conv(x, W/σ)'s fourth channel does not count, so d total/dW there is −total/σ · dσ/dW
    without_bias = total - tf.reduce_sum(weights[..., :3] * layer.bias.value[:3])
    np.testing.assert_allclose(kernel[..., 3], (-without_bias / sigma * slope)[..., 3], rtol=1e-3, atol=1e-4)
    assert np.abs(kernel[..., 3]).max() > 1e-3
    assert np.abs(bias[:3]).min() > 0
    assert bias[3] == 0


def test_the_for_inference_gives_the_same_images(biggan: BigGAN, folded: BigGAN) -> None:
    for count in (1, 3):
        labels = [7, 8, 9][:count]
        for truncation in (0.365, np.linspace(0.1, 1, count, dtype=np.float32)):
            expected = biggan(noise(count), labels, truncation)
            np.testing.assert_array_equal(folded(noise(count), labels, truncation), expected)


def test_the_for_inference_is_for_generation_alone(biggan: BigGAN, folded: BigGAN) -> None:
    names = set(own_variables(folded))
    assert names == {name for name in own_variables(biggan) if not name.endswith("/u0")}
    assert folded.trainable_variables == []
    assert not folds(folded)
    assert for_inference(folded) is folded
    assert folded.name == biggan.name
    assert folds(biggan)
    assert biggan.trainable_variables
    # the colours alone, and the upsampling taken into the kernels
    assert [tuple(variable.shape) for variable in folded.to_rgb.variables] == [(3, 3, 4, 3), (3,)]
    assert folded.blocks[1].convs[1].kernel.shape == (4, 4, 16, 16)
    # nothing of what the constructor made in their place is left
    assert not any(isinstance(layer, (SpectralConv, SpectralDense)) for layer in folded._flatten_layers())


def test_configuration_round_trip(biggan: BigGAN) -> None:
    config: dict[str, Any] = {
        "name": "texture", "resolution": 128, "width": 4, "num_classes": 7, "noise_dim": 8,
        "reversed_truncation": True, "sigma_epsilon": 0.0,
    }  # fmt: skip
    model = BigGAN(**config)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    assert isinstance(again, BigGAN)
    assert again.get_config() == model.get_config() == config
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(biggan))
    copy.set_weights(biggan.get_weights())
    np.testing.assert_array_equal(copy(noise(1), [1], 0.3), biggan(noise(1), [1], 0.3))
    assert [v.path for v in copy.variables] == [v.path for v in biggan.variables]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resolution": 100}, "^resolution: expected one of 128, 256, 512, got 100"),
        ({"width": 6}, "^width: expected a multiple of 4, got 6"),
        ({"width": 0}, "^width: expected a multiple of 4, got 0"),
        ({"width": -4}, "^width: expected a multiple of 4, got -4"),
    ],
)
def test_sizes_that_cannot_be(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BigGAN(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "labels", "truncation", "message"),
    [
        (128, np.eye(1000, dtype=np.float32)[:1], 0.5, r"got floats \[1, 1000\]; of one-hot labels give np\.argmax"),
        (128, np.eye(1000, dtype=np.int32)[:1], 0.5, r"got int32 \[1, 1000\]; of one-hot labels give np\.argmax"),
        (127, [1], 0.5, r"^noise: expected shape \[B, 128\], got \(1, 127\)"),
        (128, [1000], 0.5, r"^class labels: expected values in \[0, 1000\), got \[1000\]"),
        (128, [-1], 0.5, r"^class labels: expected values in \[0, 1000\), got \[-1\]"),
        (128, [1.0], 0.5, "^class labels: expected integers"),
        (128, [1], 0, r"^truncation: expected values in \(0, 1\], got \[0.0\]"),
        (128, [1], -0.5, r"^truncation: expected values in \(0, 1\], got \[-0.5\]"),
        (128, [1], 1.5, r"^truncation: expected values in \(0, 1\], got \[1.5\]"),
        (128, [1], np.nan, r"^truncation: expected values in \(0, 1\], got \[nan\]"),
        (128, [1], np.array([0.5, 1.5], np.float32), r"^truncation: expected values in \(0, 1\], got \[0.5, 1.5\]"),
        (128, [1], tf.constant(1.5), r"^truncation: expected values in \(0, 1\], got \[1.5\]"),
        (128, [1], [[0.5]], r"^truncation: expected a number or shape \[B\], got shape \(1, 1\)"),
    ],
)
def test_bad_input(biggan: BigGAN, width: int, labels: list[Any], truncation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        biggan(np.zeros((1, width), np.float32), labels, truncation)


def test_noise_without_a_batch_is_refused(biggan: BigGAN) -> None:
    with pytest.raises(ValueError, match=r"^noise: expected shape \[B, 128\], got \(128,\)"):
        biggan(np.zeros(128, np.float32), [1])


@pytest.mark.parametrize("form", ["biggan", "folded"])
def test_a_truncation_for_each_image_equals_one_by_one(form: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(form)
    truncation, labels = np.array([0.02, 0.365, 1.0], np.float32), np.array([3, 1, 4])
    together = model(noise(3), labels, truncation)
    for i in range(3):
        alone = model(noise(3)[i : i + 1], labels[i : i + 1], float(truncation[i]))
        np.testing.assert_allclose(together[i : i + 1], alone, rtol=0, atol=1e-5)


def test_a_class_is_a_row_of_the_embedding(biggan: BigGAN) -> None:
    """TF-Hub multiplies a one-hot vector with the matrix."""
    labels = np.array([0, 17, 999])
    embedded = np.eye(1000, dtype=np.float32)[labels] @ biggan.class_embedding.embeddings.numpy()
    np.testing.assert_array_equal(biggan.class_embedding(labels), embedded)
    renamed = BigGAN.from_config({**biggan.get_config(), "num_classes": 3})
    renamed.build()
    arrays = values(biggan)
    for name, variable in own_variables(renamed).items():
        variable.assign(embedded if name == "class_embedding/embeddings" else arrays[name])
    np.testing.assert_array_equal(renamed(noise(3), [0, 1, 2], 0.5), biggan(noise(3), labels, 0.5))


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.usefixtures("bfloat16")
def test_half_precision_does_not_round_the_truncation(biggan: BigGAN, is_folded: bool) -> None:
    model = BigGAN.from_config(biggan.get_config())
    model.build()
    model.set_weights(biggan.get_weights())
    if is_folded:
        model = for_inference(model)
    assert {variable.dtype for variable in model.variables} == {"float32"}
    seen: list[np.ndarray] = []
    pair = np.array([0.365, 0.99], np.float32)
    model.norm.call = _spied(model.norm.call, seen)
    images = model(noise(2), [1, 2], pair)
    assert images.dtype == "bfloat16"
    # in bfloat16 0.365 is 0.365234 and 0.99 is 0.988281: in rows 0.01 and 0.09 away
    np.testing.assert_allclose(seen[0], [18.25, 49.5], rtol=1e-6)
    expected = array(biggan(noise(2), [1, 2], pair))
    assert np.abs(array(images) - expected).mean() < 0.03


def _spied(call: Any, seen: list[np.ndarray]) -> Any:
    def spy(rows: Any) -> Any:
        assert rows.share.dtype == tf.float32
        seen.append(rows.lower.numpy() + rows.share.numpy())
        return call(rows)

    return spy
