"""Every registered mechanism, masker and discriminator keeps its contract, and a CGN is made of those that fit."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.models.cgn import CGN, constructor
from cgn_tf.models.cgn_parts import CGNParts, ChosenMasker, ChosenMechanism
from cgn_tf.models.contract import (
    DiscriminatorRequest,
    MaskerRequest,
    Mechanism,
    MechanismRequest,
    Premask,
    Resource,
)
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.discriminators.registry import DISCRIMINATORS
from cgn_tf.models.maskers.clip import ClipMasker
from cgn_tf.models.maskers.registry import MASKERS
from cgn_tf.models.mechanisms.registry import MECHANISMS
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import NOISE_DISTRIBUTIONS, Triplet

CHANNELS = {Premask.VALUES: 1, Premask.LOGITS: 1, Premask.IMAGE: 3}
SHIFTED = {"conv", "deep"}


@pytest.fixture(scope="module")
def backbone() -> BigGAN:
    keras.utils.set_random_seed(0)
    generator = BigGAN(128, 4, num_classes=10, noise_dim=8)
    generator.build()
    return generator


@pytest.fixture(scope="module")
def saliency() -> U2Net:
    keras.utils.set_random_seed(0)
    network = U2Net("u2netp")
    network.build()
    return network


def noise(count: int, width: int = 8) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, width)).astype(np.float32)


def mechanism_of(name: str, factor: str, backbone: BigGAN) -> Any:
    part = MECHANISMS[name]
    request = MechanismRequest(factor, None, backbone if Resource.BACKBONE in part.requires else None)
    mechanism = part.make(part.options(), request)
    mechanism.build((None, 8), (None, 10))
    if part.start is not None:
        part.start(mechanism, request)
    return mechanism


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_keeps_its_contract(name: str, backbone: BigGAN) -> None:
    part = MECHANISMS[name]
    factors = ("shape",) * (part.premask is not None) + ("texture", "background") * part.draws_images
    for factor in factors:
        mechanism: Mechanism = mechanism_of(name, factor, backbone)
        assert mechanism.name == factor  # type: ignore[attr-defined]
        assert mechanism.noise_distribution in NOISE_DISTRIBUTIONS
        assert mechanism.is_shifted == (name in SHIFTED)
        assert mechanism.recomputes is False
        assert mechanism.can_recompute == (name == "biggan")
        own = mechanism.class_embedding
        condition = np.int32([1, 2]) if own is not None else np.eye(10, dtype=np.float32)[:2]
        options = {"truncation": 0.5} if mechanism.takes_truncation else {}
        images = np.asarray(mechanism(noise(2), condition, training=False, **options))
        channels = CHANNELS[part.premask] if factor == "shape" and part.premask else 3
        assert images.shape == (2, mechanism.image_size, mechanism.image_size, channels)
        if factor != "shape" or part.premask is Premask.IMAGE:
            assert np.abs(images).max() <= 1
        if own is not None:
            np.testing.assert_array_equal(mechanism(noise(2), own(condition), **options), images)
        again = type(mechanism).from_config(mechanism.get_config())  # type: ignore[attr-defined]
        assert again.get_config() == mechanism.get_config()
        assert not again.variables


@pytest.mark.parametrize("name", MASKERS)
def test_a_masker_keeps_its_contract(name: str, saliency: U2Net) -> None:
    part = MASKERS[name]
    request = MaskerRequest(saliency if Resource.SALIENCY in part.requires else None)
    if name == "u2net":
        with pytest.raises(ValueError, match=r"^masker u2net: expected a network u2net, got a u2netp"):
            part.make(part.options(), request)
        return
    masker = part.make(part.options(), request)
    masker.build(None)
    if part.start is not None:
        part.start(masker, request)
    for premask in part.reads:
        mask = np.asarray(masker(3 * np.random.default_rng(0).standard_normal((2, 16, 16, CHANNELS[premask]))))
        assert mask.shape == (2, 16, 16, 1)
        assert mask.dtype == np.float32
        assert 0 < mask.min() <= mask.max() <= 1
        assert (mask.max() < 1) == ("shape" not in part.ignores)


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_a_discriminator_keeps_its_contract(name: str) -> None:
    part = DISCRIMINATORS[name]
    with pytest.raises(ConfigError, match=r"`discriminator_width`: expected a whole number, at least 0, got -1"):
        part.options(discriminator_width=-1)
    keras.utils.set_random_seed(0)
    discriminator = part.make(part.options(discriminator_width=8), DiscriminatorRequest(10, 32))
    images, labels = np.tanh(np.random.default_rng(0).standard_normal((2, 32, 32, 3))), np.int32([1, 2])
    scores = discriminator(images.astype(np.float32), labels)
    assert scores.shape == (2,)
    kept = {key: np.ones((2, *mask.shape), np.float32) for key, mask in discriminator.random_inputs.items()}
    assert set(kept) == ({"dropout_mask"} if name == "linear" else set())
    assert discriminator(images.astype(np.float32), labels, training=True, **kept).shape == (2,)
    usual = part.make(part.options(), DiscriminatorRequest(10, 32)).get_config()
    assert (usual.get("width"), usual.get("channels")) == ((512, None) if name == "linear" else (None, 32))


@pytest.mark.parametrize("registry", [MECHANISMS, MASKERS, DISCRIMINATORS], ids=lambda registry: registry.kind)
def test_every_part_can_be_told_in_help(registry: Any) -> None:
    for part in registry.parts:
        heading = part.options.__doc__.splitlines()[0]
        assert heading.startswith(("Mechanism ", "Masker ", "Maskers ", "Discriminators: "))
        assert heading.endswith(".")
        assert part.summary.endswith(".")
        assert dataclasses.is_dataclass(part.options())


@pytest.mark.parametrize("name", ["biggan"])
def test_a_mechanism_that_has_one_size_refuses_another(name: str, backbone: BigGAN) -> None:
    part = MECHANISMS[name]
    with pytest.raises(ValueError, match=r"^texture mechanism: expected images of 128 pixels, got 64"):
        part.make(part.options(), MechanismRequest("texture", 64, backbone))


def test_a_size_of_the_data() -> None:
    for name in ("constant_colour", "learned_image_crop"):
        part = MECHANISMS[name]
        assert part.make(part.options(), MechanismRequest("texture", 48)).image_size == 48


def parts(shape: str, texture: str, background: str, masker: str, **resources: Any) -> CGNParts:
    chosen = (MECHANISMS[name] for name in (shape, texture, background))
    mechanisms = Triplet(*(ChosenMechanism(part, part.options()) for part in chosen))
    return CGNParts(mechanisms, ChosenMasker(MASKERS[masker], MASKERS[masker].options()), **resources)


def test_a_cgn_of_a_backbone_starts_with_its_weights(backbone: BigGAN, saliency: U2Net) -> None:
    made = parts("biggan", "biggan", "biggan", "u2netp", backbone=backbone, saliency=saliency, image_size=128)
    cgn = made.make(num_classes=10, noise_dim=8)
    cgn.build()
    made.start(cgn)
    for mechanism in cgn.mechanisms:
        np.testing.assert_array_equal(mechanism(noise(1), [3], 0.5), backbone(noise(1), [3], 0.5))
    assert (cgn.noise_distribution, cgn.shares_noise, cgn.shuffles) == ("truncated_normal", True, False)
    assert cgn.label_embedding is None
    assert cgn.takes_truncation


@pytest.mark.parametrize(
    ("names", "noise_dim", "message"),
    [
        ("deep conv conv clip", 8, "^masker clip: expected a premask of values, got logits of the shape mech.* deep"),
        ("conv conv conv sigmoid", 8, "^masker sigmoid: expected a premask of logits, got values of the shape .* conv"),
        ("constant_colour conv conv clip", 8, "^shape mechanism: expected one that draws shapes, got constant_colour"),
        (
            "conv learned_image_crop conv clip", 1,
            "^noise_dim: expected at least 2 for the texture mechanism learned_image_crop, got 1",
        ),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit(names: str, noise_dim: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parts(*names.split()).make(num_classes=10, noise_dim=noise_dim)


def test_mechanisms_that_do_not_agree(backbone: BigGAN) -> None:
    made = {name: MECHANISMS[name].make(MECHANISMS[name].options(), MechanismRequest("texture", None, backbone))
            for name in ("conv", "biggan")}  # fmt: skip
    shape = MECHANISMS["conv"].make(MECHANISMS["conv"].options(), MechanismRequest("shape", None))
    with pytest.raises(ValueError, match=r"^mechanisms: expected the same image_size for .*, got 32, 32, 128"):
        CGN.of(Triplet(shape, made["conv"], made["biggan"]), ClipMasker(), num_classes=10, noise_dim=8)
    made["biggan"].resolution = 32
    with pytest.raises(ValueError, match=r"the same noise_distribution for .*, got normal, truncated_normal, normal"):
        CGN.of(Triplet(shape, made["biggan"], made["conv"]), ClipMasker(), num_classes=10, noise_dim=8)


def test_a_mechanism_that_is_not_shifted_stays_where_it_is() -> None:
    """An offset moves textures of conv, and not a picture's window, whose place follows from the noise."""
    keras.utils.set_random_seed(0)
    cgn = digit_cgn(background="learned_image_crop", noise_dim=8, gain=1.0)
    cgn.build()
    assert cgn.shuffles
    plain = cgn(noise(2), [1, 2])
    shifted = cgn(noise(2), [1, 2], offsets=np.int32([[[3, 5], [7, 9]]] * 2))
    np.testing.assert_array_equal(shifted.background, plain.background)
    np.testing.assert_array_equal(shifted.foreground, np.roll(plain.foreground, (-3, -5), axis=(1, 2)))
    again = CGN.from_config(constructor(cgn)["config"])
    assert again.shuffles
    assert not digit_cgn(texture="constant_colour", background="learned_image_crop").shuffles
    assert not digit_cgn(masker="full").shuffles


def test_options_that_no_chosen_part_has() -> None:
    with pytest.raises(TypeError, match=r"^options: expected those of the chosen parts, got learned_image_size"):
        digit_cgn(learned_image_size=40)
    with pytest.raises(ValueError, match=r"^masker: expected one of clip, sigmoid, full, u2net, u2netp, got 'opaque'"):
        digit_cgn(masker="opaque")
