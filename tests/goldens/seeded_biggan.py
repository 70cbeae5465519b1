"""The BigGAN-deep behind the golden files, of any width and resolution (shared/design/golden_recipe.md)."""

from __future__ import annotations

import numpy as np

from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.weights.assignment import assign, own_variables
from cgn_tf.weights.biggan_names import norm_parts
from cgn_tf.weights.hub_biggan import EMA, hub_keys
from tests.goldens.recipe import rn


def seeded_biggan(width: int, resolution: int = 256) -> BigGAN:
    """With width 128 the generator of biggan_deep_256_full.npz, with 4 that of the tiny module."""
    biggan = BigGAN(resolution, width)
    biggan.build()
    variables = own_variables(biggan)
    arrays = {}
    for name, key in hub_keys(resolution).items():
        arrays[name] = _weights(name, key.removesuffix(f"/{EMA}"), tuple(variables[name].shape))
    for part in norm_parts(resolution):
        shape = variables[f"{part.name}/statistics"].shape
        rows = (shape[0], shape[2])
        means = rn(f"{part.hub}/mean", rows, 0.3)
        variances = np.abs(rn(f"{part.hub}/var", rows, 0.3)) + np.float32(0.5)
        arrays[f"{part.name}/statistics"] = np.stack([means, variances], axis=1)
    assign(variables, arrays, "the recipe")
    return biggan


def _weights(name: str, seed: str, shape: tuple[int, ...]) -> np.ndarray:
    if name == "attention/gamma":
        return np.array([0.7], np.float32)
    if name == "norm/gain":
        return rn(seed, shape, 0.05, 0.35)
    if name.endswith("/kernel"):
        conditional = name.endswith(("/scale/kernel", "/offset/kernel"))
        return rn(seed, shape, (0.5 if conditional else 1.0) / np.sqrt(np.prod(shape[:-1])))
    return rn(seed, shape, 0.1 if name.endswith("bias") else 1.0)  # a bias, or the embedding or a u0
