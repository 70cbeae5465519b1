"""BigGAN-deep with seeded weights, run elsewhere, and the TF-Hub module itself as the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.hub_biggan import biggan_from_hub
from tests.goldens.seeded_biggan import seeded_biggan

TRUNCATIONS = {"image_t05": 0.5, "image_t0365": 0.365}
"""A row of the statistics, and a place between two rows."""


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, np.ndarray]:
    return dict(np.load(shared / "golden" / "biggan_deep_256_tiny.npz"))


@pytest.fixture(scope="module")
def module(shared: Path) -> str:
    return str(shared / "hub" / "biggan-deep-256-tiny")


@pytest.fixture(scope="module")
def tiny(module: str) -> BigGAN:
    return biggan_from_hub(module)


@pytest.fixture(scope="module")
def folded(tiny: BigGAN) -> BigGAN:
    return for_inference(tiny)


def assert_close(images: Any, expected: np.ndarray, what: str) -> None:
    difference = float(np.abs(np.asarray(images) - expected).max())
    print(f"BigGAN, {what}: largest difference from the golden images {difference:.2e}")
    assert images.shape == expected.shape
    assert difference <= 1e-4, what


@pytest.mark.parametrize("form", ["tiny", "folded"])
@pytest.mark.parametrize(("image", "truncation"), TRUNCATIONS.items())
def test_the_tiny_module(
    form: str, image: str, truncation: float, golden: dict[str, np.ndarray], request: pytest.FixtureRequest
) -> None:
    biggan, expected = request.getfixturevalue(form), golden[image]
    assert_close(biggan(golden["z"], golden["labels"], truncation), expected, f"{form}, {truncation}")
    one = biggan(golden["z"][:1], golden["labels"][:1], truncation)
    assert_close(one, expected[:1], f"{form}, {truncation}, batch of one")


@pytest.mark.parametrize("form", ["tiny", "folded"])
def test_a_truncation_for_each_image(form: str, golden: dict[str, np.ndarray], request: pytest.FixtureRequest) -> None:
    biggan = request.getfixturevalue(form)
    names = [*TRUNCATIONS] * 2
    truncation = np.array([TRUNCATIONS[name] for name in names], np.float32)
    expected = np.stack([golden[name][i] for i, name in enumerate(names)])
    assert_close(biggan(golden["z"], golden["labels"], truncation), expected, f"{form}, mixed")


@pytest.mark.parametrize("form", [pytest.param("tiny", marks=pytest.mark.slow), "folded"])
def test_a_graph_of_any_batch(form: str, golden: dict[str, np.ndarray], request: pytest.FixtureRequest) -> None:
    biggan = request.getfixturevalue(form)
    generate = tf.function(
        lambda noise, labels, truncation: biggan(noise, labels, truncation),
        input_signature=[
            tf.TensorSpec((None, 128)), tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,))
        ],
        autograph=False,
    )  # fmt: skip
    for image, truncation in TRUNCATIONS.items():
        for count in (1, len(golden["z"])):
            noise, labels = golden["z"][:count], golden["labels"][:count].astype(np.int32)
            images = generate(noise, labels, np.full(count, truncation, np.float32))
            assert_close(images, golden[image][:count], f"{form}, graph, {truncation}, batch of {count}")
    assert generate.experimental_get_tracing_count() == 1


def test_the_recipe_gives_the_tiny_modules_weights(tiny: BigGAN) -> None:
    seeded = own_variables(seeded_biggan(4))
    variables = own_variables(tiny)
    assert seeded.keys() == variables.keys()
    for name, variable in variables.items():
        np.testing.assert_array_equal(seeded[name].numpy(), variable.numpy(), err_msg=name)


def test_reversed_truncation_differs_between_the_rows_alone(tiny: BigGAN, golden: dict[str, np.ndarray]) -> None:
    ports = BigGAN.from_config({**tiny.get_config(), "reversed_truncation": True})
    ports.build()
    ports.set_weights(tiny.get_weights())
    assert_close(ports(golden["z"], golden["labels"], 0.5), golden["image_t05"], "shares reversed, 0.5")
    off = np.asarray(ports(golden["z"], golden["labels"], 0.365)) - golden["image_t0365"]
    assert np.abs(off).max() > 0.1
    # 0.365 is a quarter of the way from row 18 to row 19; the other way round it is 0.375
    mirrored = np.asarray(tiny(golden["z"], golden["labels"], 0.375))
    np.testing.assert_allclose(ports(golden["z"], golden["labels"], 0.365), mirrored, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_the_module_itself_agrees_at_any_truncation(tiny: BigGAN, module: str) -> None:
    generate = tf.saved_model.load(module, tags=[]).signatures["default"]
    random = np.random.default_rng(0)
    for truncation in 1 - random.random(10, np.float32):
        noise = truncation * np.clip(random.standard_normal((2, 128), np.float32), -2, 2)
        labels = random.integers(1000, size=2)
        one_hot = np.eye(1000, dtype=np.float32)[labels]
        expected = generate(z=tf.constant(noise), y=tf.constant(one_hot), truncation=tf.constant(truncation))
        assert_close(tiny(noise, labels, truncation), expected["default"].numpy(), f"the module, {truncation}")


@pytest.mark.slow
def test_full_width(shared: Path) -> None:
    golden = np.load(shared / "golden" / "biggan_deep_256_full.npz")
    biggan = seeded_biggan(128)
    for form, ours in (("plain", biggan), ("folded", for_inference(biggan))):
        assert_close(ours(golden["z"], golden["labels"], 0.5), golden["image"], f"full width, {form}")
