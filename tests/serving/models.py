"""Small models with random weights, and versions of them, exported for a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import keras
import numpy as np

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import Limits
from tests.flat_cgn import flat_cgn
from tests.serving.asked import CLASSES, NOISE_DIM

Model = TypeVar("Model", bound=keras.Model)

ORIGIN = CheckpointSource(Path("/home/somebody/runs/one/checkpoints/step_00000007"), 7, "0" * 64)
"""The checkpoint that they are of."""


def small_cgn(
    seed: int = 0,
    masker: Literal["clip", "sigmoid"] = "clip",
    texture: Literal["conv", "learned_image_crop"] = "conv",
) -> CGN:
    """Of 32 pixels."""
    keras.utils.set_random_seed(seed)
    shape = "conv" if masker == "clip" else "deep"
    options: dict[str, Any] = {"gain": 0.3} if "conv" in (shape, texture) else {}
    parts = {"shape": shape, "masker": masker, "texture": texture, "background": texture}
    return _trained(digit_cgn(num_classes=CLASSES, noise_dim=NOISE_DIM, **parts, **options))


def small_classifier() -> DigitClassifier:
    keras.utils.set_random_seed(1)
    return _trained(DigitClassifier())


MODELS = ("cgn", "large", "classifier")


def write_models(directory: Path) -> None:
    """A CGN of 32 pixels in two versions, one of 256, and a classifier; a directory of versions each: `MODELS`."""
    limits = Limits(max_batch_size=64, max_pixels=2**21)
    flat = flat_cgn(CLASSES, NOISE_DIM, image_size=256)
    exported = [[small_cgn(1, "sigmoid"), small_cgn(0)], [flat], [small_classifier()]]
    for name, versions in zip(MODELS, exported, strict=True):
        for model in versions:
            saved_model.export(model, ORIGIN, directory / name, limits)


def _trained(model: Model) -> Model:
    """Built, with statistics and scales of batch norms that are not those of the start."""
    model.build()
    random = np.random.default_rng(0)
    for variable in model.variables:
        if variable.path.endswith(("moving_mean", "beta", "bias")):
            variable.assign(random.normal(0.0, 0.3, variable.shape))
        elif variable.path.endswith(("moving_variance", "gamma")):
            variable.assign(random.uniform(0.5, 2.0, variable.shape))
    return model
