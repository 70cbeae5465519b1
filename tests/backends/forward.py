"""What the networks give under whichever backend Keras runs on: a program that `test_jax.py` starts.

KERAS_BACKEND=jax python -m tests.backends.forward FOLDER [SHARED]

It leaves FOLDER/seeded.npz and, of the golden files in SHARED, FOLDER/golden.npz.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cgn_tf.checkpoints.pretrained import with_input
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.folding import for_inference
from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import Composite, Triplet
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.hub_biggan import biggan_from_hub
from cgn_tf.weights.masker_options import MaskerOptions
from cgn_tf.weights.torch_models import model_from_torch
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import rn, u2net_state
from tests.goldens.seeded_biggan import seeded_biggan

Arrays = dict[str, np.ndarray]


def seeded() -> Arrays:
    """Of networks with seeded weights."""
    biggan, masker = seeded_biggan(4, 128), u2net_from_state(u2net_state("u2netp"), "the recipe")
    noise, truncation = rn("noise", (2, 128), 0.4), np.array([0.365, 0.5], np.float32)
    results = {
        "biggan": biggan(noise, [3, 700], truncation),
        "biggan, one image": biggan(noise[:1], [3], 0.365),
        "biggan, folded": for_inference(biggan)(noise, [3, 700], truncation),
        "u2netp": masker(np.tanh(rn("images", (2, 45, 62, 3), 1.0))),
        "u2netp, folded": for_inference(masker)(np.tanh(rn("images", (2, 45, 62, 3), 1.0))),
        "u2netp, other input": other_input(for_inference(masker))(np.tanh(rn("images", (2, 45, 62, 3), 1.0))),
    }
    small = Triplet([1], [300], [5])
    results |= named("cgn", for_inference(imagenet_cgn(biggan, masker))(noise[:1], small, truncation=0.5))
    digits = with_seeded_weights(digit_cgn())
    noise, offsets = rn("noise", (3, 32), 1.0), np.arange(12, dtype=np.int32).reshape(3, 2, 2)
    labels = Triplet([0, 1, 2], [3, 4, 5], [6, 7, 9])
    results |= named("digits", digits(noise, labels, offsets=offsets))
    sample = digits.sample(3, texture=7, seed=11, truncation=0.5)
    results |= {"digits, sampled": sample.image, "digits, noise": sample.noise, "digits, shapes": sample.labels.shape}
    results |= named("digits, folded", for_inference(digits)(noise, labels, offsets=offsets))
    results |= named("digits, training", digits(noise, labels, training=True))
    canvases = with_seeded_weights(
        digit_cgn(shape="deep", texture="learned_image_crop", background="learned_image_crop", masker="sigmoid")
    )
    results |= named("digits, canvases", canvases(noise, labels))
    classifier, images = with_seeded_weights(DigitClassifier()), np.tanh(rn("digits", (3, 32, 32, 3), 1.0))
    results |= {"classifier": classifier(images), "classifier, training": classifier(images, training=True)}
    return {name: np.asarray(keras.ops.convert_to_numpy(value)) for name, value in results.items()}


def other_input(masker: U2Net) -> U2Net:
    """The same weights behind a square input, which is lower and narrower than the images, and a normalisation."""
    options = MaskerOptions(masker_size=40, masker_normalisation="imagenet", masker_align_corners="false")
    return with_input(masker, options)


def with_seeded_weights(model: keras.Model) -> keras.Model:
    model.build()
    for name, variable in own_variables(model).items():
        last = name.rsplit("/", 1)[-1]
        value = rn(name, tuple(variable.shape), 0.1, 1.0 if last in ("gamma", "moving_variance") else 0.0)
        variable.assign(np.abs(value) if last == "moving_variance" else value)
    return model


def named(prefix: str, composite: Composite) -> dict[str, Any]:
    return {f"{prefix}, {part}": value for part, value in zip(composite._fields, composite, strict=True)}


def golden(shared: Path) -> Arrays:
    """Of the networks behind the golden files, under the names of the files' arrays."""
    tiny = dict(np.load(shared / "golden" / "biggan_deep_256_tiny.npz"))
    biggan: BigGAN = biggan_from_hub(str(shared / "hub" / "biggan-deep-256-tiny"))
    results = {
        f"biggan_deep_256_tiny, {name}": biggan(tiny["z"], tiny["labels"], truncation)
        for name, truncation in (("image_t05", 0.5), ("image_t0365", 0.365))
    }
    network = u2net_from_state(u2net_state("u2net"), "the recipe")
    results["u2net, mask"] = network(np.load(shared / "golden" / "u2net.npz")["x"])
    digits = dict(np.load(shared / "golden" / "cgn_colored_mnist.npz"))
    composite = model_from_torch(shared / "weights" / "cgn_colored_mnist.pth")(digits["noise"], digits["labels"])
    results["cgn_colored_mnist, mask"] = composite.mask
    results["cgn_colored_mnist, composite"] = composite.image
    return {name: np.asarray(keras.ops.convert_to_numpy(value)) for name, value in results.items()}


if __name__ == "__main__":
    folder, *reference = map(Path, sys.argv[1:])
    # one process for both: what is compiled for the one serves the other
    computed = {"seeded": seeded()} | ({"golden": golden(reference[0])} if reference else {})
    for name, arrays in computed.items():
        entries: dict[str, Any] = {**arrays, "backend": keras.backend.backend()}
        np.savez(folder / f"{name}.npz", **entries)
