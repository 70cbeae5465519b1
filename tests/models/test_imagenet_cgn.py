"""The CGN of three BigGANs and a U²-Net, small, and a BigGAN alone, as their users see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import cgn_tf
from cgn_tf import Composite, Triplet, checkpoints
from cgn_tf.models.cgn import CGN
from cgn_tf.models.constructor import constructor
from cgn_tf.models.folding import folds, for_inference
from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.models.maskers.saliency import SaliencyMasker
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.assignment import named_variables
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import u2net_state
from tests.goldens.seeded_biggan import seeded_biggan

LABELS: Triplet[Any] = Triplet([1, 2], [300, 400], [5, 6])


@pytest.fixture(scope="module")
def backbone() -> BigGAN:
    return seeded_biggan(4, 128)


@pytest.fixture(scope="module")
def masker() -> U2Net:
    return u2net_from_state(u2net_state("u2netp"), "the recipe")


@pytest.fixture(scope="module")
def cgn(backbone: BigGAN, masker: U2Net) -> CGN:
    return imagenet_cgn(backbone, masker)


@pytest.fixture(scope="module")
def folded(cgn: CGN) -> CGN:
    """What generates: it is quicker, so the tests of the inputs ask it."""
    return for_inference(cgn)


@pytest.fixture(scope="module")
def base(folded: CGN) -> Composite:
    return folded(noise(2), LABELS, truncation=0.5)


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 128), np.float32)


def save(directory: Path, model: keras.Model) -> None:
    arrays = {name: variable.numpy() for name, variable in named_variables(model.variables).items()}
    checkpoints.save(directory, 0, {"model": arrays}, model=constructor(model), config=None, keep=1)


def test_each_part_is_that_of_its_network(cgn: CGN, base: Composite, backbone: BigGAN, masker: U2Net) -> None:
    for part, labels in zip((base.premask, base.foreground, base.background), LABELS, strict=True):
        np.testing.assert_allclose(part, backbone(0.5 * noise(2), labels, 0.5), rtol=0, atol=1e-4)
    saliency = np.asarray(masker(np.asarray(base.premask)))
    np.testing.assert_allclose(base.mask, np.clip(saliency, 1e-4, 1 - 1e-4), rtol=0, atol=1e-5)
    assert np.asarray(base.mask).std() > 0.01
    assert cgn.image_size == 128
    assert cgn.takes_truncation


def test_the_image_is_the_composition_of_the_parts(base: Composite) -> None:
    image, mask, premask, foreground, background = map(np.asarray, base)
    np.testing.assert_allclose(image, mask * foreground + (1 - mask) * background, rtol=0, atol=1e-6)
    for part, channels in ((image, 3), (mask, 1), (premask, 3), (foreground, 3), (background, 3)):
        assert part.shape == (2, 128, 128, channels)
        assert part.dtype == np.float32
    assert 1e-4 <= mask.min() <= mask.max() <= np.float32(1 - 1e-4)
    assert np.abs(image).max() <= 1


def test_the_mask_keeps_off_its_ends(masker: U2Net) -> None:
    copy = U2Net.from_config(masker.get_config())
    copy.build()
    ends: Any = SaliencyMasker(copy)
    images = np.zeros((1, 16, 16, 3), np.float32)
    for shift, expected in ((-100.0, 1e-4), (100.0, 1 - 1e-4)):
        ends.network.outconv.bias.assign([shift])
        np.testing.assert_array_equal(ends(images), np.full((1, 16, 16, 1), expected, np.float32))


@pytest.mark.parametrize("factor", Triplet._fields)
def test_each_label_moves_its_own_factor_alone(factor: str, folded: CGN, base: Composite) -> None:
    other = folded(noise(2), LABELS._replace(**{factor: [7, 800]}), truncation=0.5)
    own = {"shape": {"premask", "mask"}, "texture": {"foreground"}, "background": {"background"}}[factor]
    for name in ("premask", "mask", "foreground", "background"):
        before, after = (np.asarray(getattr(composite, name)) for composite in (base, other))
        if name in own:
            assert np.abs(before - after).reshape(2, -1).max(1).min() > 1e-2, name
        else:
            assert before.tobytes() == after.tobytes(), name
    assert np.abs(np.asarray(base.image) - np.asarray(other.image)).max() > 1e-3


def test_the_mechanisms_are_copies(backbone: BigGAN, masker: U2Net) -> None:
    cgn = imagenet_cgn(backbone, masker)
    before = backbone.class_embedding.embeddings.numpy()
    cgn.texture_mechanism.class_embedding.embeddings.assign(before + 1)
    np.testing.assert_array_equal(backbone.class_embedding.embeddings, before)
    np.testing.assert_array_equal(cgn.shape_mechanism.class_embedding.embeddings, before)
    assert [mechanism.name for mechanism in cgn.mechanisms] == list(Triplet._fields)


def test_the_mechanisms_alone_are_trained(cgn: CGN) -> None:
    expected = {v.path for mechanism in cgn.mechanisms for v in mechanism.trainable_variables}
    assert {variable.path for variable in cgn.trainable_variables} == expected
    assert len(cgn.trainable_variables) == 3 * len(cgn.texture_mechanism.trainable_variables)
    assert not cgn.masker.trainable_variables
    size = sum(int(np.prod(variable.shape)) for variable in cgn.texture_mechanism.trainable_variables)
    assert sum(int(np.prod(variable.shape)) for variable in cgn.trainable_variables) == 3 * size
    assert (cgn.noise_distribution, cgn.shares_noise, cgn.shuffles) == ("truncated_normal", True, False)


def test_the_gradient_goes_through_the_mask_to_the_shape(cgn: CGN) -> None:
    masker = [variable.numpy() for variable in cgn.masker.variables]
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(cgn(noise(1), [3], truncation=0.5, training=True).mask)
    kernels = [mechanism.from_noise.kernel.value for mechanism in cgn.mechanisms]
    shape, texture, background = tape.gradient(total, kernels)
    assert np.abs(shape).max() > 0
    assert texture is None
    assert background is None
    for variable, value in zip(cgn.masker.variables, masker, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_the_for_inference_gives_the_same(cgn: CGN, folded: CGN, base: Composite) -> None:
    for name, ours, expected in zip(base._fields, base, cgn(noise(2), LABELS, truncation=0.5), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4, err_msg=name)
    assert not folded.trainable_variables
    assert not any(variable.path.endswith("u0") for variable in folded.variables)
    assert not folds(folded)
    assert not folded.masker.network.batch_norm


def test_a_truncation_for_each_image(folded: CGN, base: Composite) -> None:
    composite = folded(noise(2), LABELS, truncation=np.array([0.365, 0.5], np.float32))
    for name, ours, expected in zip(base._fields, composite, base, strict=True):
        np.testing.assert_allclose(ours[1], expected[1], rtol=0, atol=1e-4, err_msg=name)
        assert np.abs(np.asarray(ours[0]) - np.asarray(expected[0])).max() > 1e-2, name


def test_no_truncation_is_one(folded: CGN) -> None:
    expected = folded(noise(2), LABELS, truncation=1.0)
    for ours, one in zip(folded(noise(2), LABELS), expected, strict=True):
        np.testing.assert_array_equal(ours, one)


def test_one_mask_for_several_images_with_a_truncation(folded: CGN) -> None:
    noises = Triplet(noise(1), np.repeat(noise(1), 2, axis=0), np.repeat(noise(1), 2, axis=0))
    labels: Triplet[Any] = Triplet([1], [300, 400], [5, 6])
    shared = folded(noises, labels, images_per_mask=2, truncation=0.365)
    plain = folded(noises.texture, labels._replace(shape=[1, 1]), truncation=0.365)
    for name, ours, expected in zip(plain._fields, shared, plain, strict=True):
        assert ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4, err_msg=name)
    np.testing.assert_array_equal(shared.mask[0], shared.mask[1])


def test_what_cannot_be_is_refused(cgn: CGN, backbone: BigGAN, masker: U2Net) -> None:
    with pytest.raises(ValueError, match=r"^backbone: expected a generator that can be trained, got a folded one"):
        imagenet_cgn(for_inference(backbone), masker)
    with pytest.raises(ValueError, match=r"^truncation: expected values in \(0, 1\], got \[1.5\]"):
        cgn(noise(1), [1], truncation=1.5)
    with pytest.raises(ValueError, match=r"texture labels: expected values in \[0, 1000\), got \[1000\]"):
        cgn(noise(1), Triplet([1], [1000], [1]))
    with pytest.raises(ValueError, match="this model has no shuffler"):
        cgn(noise(1), [1], offsets=np.zeros((1, 2, 2), np.int32))


@pytest.mark.parametrize("truncation", [0.5, np.array([0.365, 0.5], np.float32), Triplet(0.5, 0.6, 0.7)])
def test_a_truncation_is_a_factor_on_the_noise_and_what_is_normalised_by(truncation: Any, folded: CGN) -> None:
    found = folded(noise(2), LABELS, truncation=truncation)
    factors = truncation if isinstance(truncation, Triplet) else Triplet.same(truncation)
    parts = (found.premask, found.foreground, found.background)
    for mechanism, label, factor, part in zip(folded.mechanisms, LABELS, factors, parts, strict=True):
        expected = mechanism(noise(2) * np.reshape(factor, (-1, 1)).astype(np.float32), label, factor)
        np.testing.assert_allclose(part, expected, rtol=0, atol=1e-5)


def test_a_checkpoint_comes_back_bit_by_bit(cgn: CGN, tmp_path: Path) -> None:
    save(tmp_path, cgn)
    loaded = cgn_tf.load(tmp_path)
    assert isinstance(loaded, CGN)
    assert loaded.get_config() == cgn.get_config()
    assert {v.path for v in loaded.trainable_variables} == {v.path for v in cgn.trainable_variables}
    for variable, expected in zip(loaded.variables, cgn.variables, strict=True):
        assert variable.path == expected.path
        assert variable.numpy().tobytes() == expected.numpy().tobytes(), variable.path
    images, expected = (np.asarray(model.texture_mechanism(noise(1), [3], 0.365)) for model in (loaded, cgn))
    assert images.tobytes() == expected.tobytes()
    masks = [np.asarray(model.masker(images[:, :16, :16])) for model in (loaded, cgn)]
    assert masks[0].tobytes() == masks[1].tobytes()


def test_a_biggan_alone_comes_back_bit_by_bit(backbone: BigGAN, tmp_path: Path) -> None:
    save(tmp_path, backbone)
    generator = cgn_tf.load(tmp_path)
    assert isinstance(generator, BigGAN)
    assert generator.get_config() == backbone.get_config()
    images, expected = (g(noise(2), [1, 2], 0.365).numpy().tobytes() for g in (generator, backbone))
    assert images == expected


def test_a_checkpoint_with_the_network_that_training_uses(backbone: BigGAN, masker: U2Net, tmp_path: Path) -> None:
    """Its masker has no batch norms; earlier versions called that `folded`, and told it of every network."""
    cgn = imagenet_cgn(backbone, for_inference(masker))
    arrays = {name: variable.numpy() for name, variable in named_variables(cgn.variables).items()}
    assert "cgn/masker/u2net/stage1/conv_in/kernel" in arrays
    assert not any("/norm/" in name for name in arrays if name.startswith("cgn/masker/"))
    former = constructor(cgn)
    for part in former["config"]["mechanisms"]:
        part["config"]["folded"] = False
    network = former["config"]["masker"]["config"]["network"]["config"]
    assert network.pop("batch_norm") is False
    for name, model in {
        "present": constructor(cgn),
        "former": former | {"config": former["config"] | {"noise": "truncated_normal"}},
    }.items():
        if name == "former":
            del model["config"]["noise_distribution"]
            network["folded"] = True
        checkpoints.save(tmp_path / name, 0, {"model": arrays}, model=model, config=None, keep=1)
        loaded = cgn_tf.load(tmp_path / name)
        assert loaded.get_config() == cgn.get_config()
        images = np.tanh(noise(3 * 16 * 16)[:, :1]).reshape(1, 16, 16, 3)
        np.testing.assert_array_equal(loaded.masker(images), cgn.masker(images))
    former["config"]["mechanisms"][0]["config"]["folded"] = True
    checkpoints.save(tmp_path / "never", 0, {"model": arrays}, model=former, config=None, keep=1)
    with pytest.raises(checkpoints.CheckpointError, match="BigGAN: expected folded=False, got True; a network that is"):
        cgn_tf.load(tmp_path / "never")
