"""BigGAN-deep from a state dict of the PyTorch ports: HuggingFace's files, and the mechanisms of the CGN reference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.layers.conditional_norm import STATISTICS
from cgn_tf.models.networks.biggan import BLOCKS, BigGAN
from cgn_tf.weights.assignment import assign, own_variables
from cgn_tf.weights.biggan_names import TORCH_ATTENTION, norm_parts, spectral_parts
from cgn_tf.weights.state_dict_map import CONV_KERNEL, MATRIX, SAME, Layout, Shape, converted
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError

SIZE_KEY = "generator.gen_z.weight_orig"
"""By this key a state dict is known to be of a BigGAN-deep: [256·width, d]."""

_TOLERANCE = 1e-3


def biggan_from_state(
    state: Mapping[str, np.ndarray], what: str, resolution: int | None = None, reversed_truncation: bool = False
) -> BigGAN:
    """Makes the generator of a state dict.

    The ports keep the vectors u and v of the last power step and use σ = u·W·v; ours starts from a u0. The u0 is found
    that gives just this v, and so this σ.

    Args:
        state: key → array, as from `read_state_dict`, prefixes removed.
        what: where it comes from, for errors.
        resolution: the one that is needed; None: whichever it has.
        reversed_truncation: see `BigGAN`; True gives the ports' own images at truncations between multiples of 0.02.

    Raises:
        TorchCheckpointError: keys are missing, unexpected or of another shape, another resolution, or vectors of a
            spectral norm that do not belong to their kernel; all are named.
    """
    biggan = unbuilt_biggan(state, what, resolution, reversed_truncation)
    biggan.build()
    assign(own_variables(biggan), biggan_arrays(state, biggan, what), what)
    return biggan


def unbuilt_biggan(
    state: Mapping[str, np.ndarray],
    what: str,
    resolution: int | None = None,
    reversed_truncation: bool = False,
    name: str = "biggan",
) -> BigGAN:
    """The model that a state dict is of, without variables; arguments and errors as for `biggan_from_state`."""
    found = _resolution(state, what)
    if resolution is not None and resolution != found:
        raise TorchCheckpointError(
            f"{what}: expected a BigGAN-deep of resolution {resolution}, got {found} (by the number of "
            "generator.layers.*); choose another file."
        )
    embedding = state.get("embeddings.weight")
    if embedding is None or embedding.ndim != 2 or state[SIZE_KEY].ndim != 2:
        raise TorchCheckpointError(f"{what}: expected matrices embeddings.weight and {SIZE_KEY}, got others or none.")
    noise_dim, num_classes = embedding.shape
    width, rest = divmod(len(state[SIZE_KEY]), 256)
    if rest or width < 4 or width % 4:
        raise TorchCheckpointError(
            f"{what}: expected {SIZE_KEY} of shape (256·width, d), width a multiple of 4; got {state[SIZE_KEY].shape}."
        )
    return BigGAN(found, width, num_classes, noise_dim, reversed_truncation, sigma_epsilon=0.0, name=name)


def _resolution(state: Mapping[str, np.ndarray], what: str) -> int:
    layers = {key.split(".")[2] for key in state if key.startswith("generator.layers.")}
    resolution = {len(layout) + 1: size for size, layout in BLOCKS.items()}.get(len(layers))
    if SIZE_KEY not in state or resolution is None:
        raise TorchCheckpointError(
            f"{what}: expected {SIZE_KEY} and the 11, 13 or 15 generator.layers.* of a BigGAN-deep at 128, 256 or 512 "
            f"pixels, got {len(layers)}."
        )
    return resolution


def biggan_arrays(state: Mapping[str, np.ndarray], biggan: BigGAN, what: str) -> dict[str, np.ndarray]:
    """A state dict under the names of the variables of a built `biggan`; errors as for `biggan_from_state`."""
    resolution = biggan.resolution
    keys: dict[str, tuple[str, Layout]] = {
        "class_embedding/embeddings": ("embeddings.weight", MATRIX),
        "attention/gamma": (f"{TORCH_ATTENTION}.gamma", SAME),
        "norm/gain": ("generator.bn.weight", SAME),
        "norm/bias": ("generator.bn.bias", SAME),
    }
    expected: dict[str, Shape] = {path: tuple(variable.shape) for path, variable in own_variables(biggan).items()}
    for part in norm_parts(resolution):
        _, _, channels = expected.pop(f"{part.name}/statistics")
        for row in ("means", "vars"):
            keys[f"{part.name}/{row}"] = (f"{part.torch}.running_{row}", SAME)
            expected[f"{part.name}/{row}"] = (STATISTICS, channels)
    for part in spectral_parts(resolution):
        kernel = expected[f"{part.name}/kernel"]
        keys[f"{part.name}/kernel"] = (f"{part.torch}.weight_orig", CONV_KERNEL if len(kernel) == 4 else MATRIX)
        expected.pop(f"{part.name}/u0")
        for vector, size in (("u", kernel[-1]), ("v", int(np.prod(kernel[:-1])))):
            keys[f"{part.name}/{vector}"] = (f"{part.torch}.weight_{vector}", SAME)
            expected[f"{part.name}/{vector}"] = (size,)
        if part.bias:
            keys[f"{part.name}/bias"] = (f"{part.torch}.bias", SAME)
    arrays = converted(state, keys, expected, what, f"a BigGAN-deep at {resolution} pixels")
    for part in norm_parts(resolution):
        both = [arrays.pop(f"{part.name}/{row}") for row in ("means", "vars")]
        arrays[f"{part.name}/statistics"] = np.stack(both, axis=1)
    for part in spectral_parts(resolution):
        u, v = (arrays.pop(f"{part.name}/{vector}") for vector in ("u", "v"))
        arrays[f"{part.name}/u0"] = _u0(arrays[f"{part.name}/kernel"], u, v, f"{what}: {part.torch}")
    return arrays


def _u0(kernel: np.ndarray, u: np.ndarray, v: np.ndarray, what: str) -> np.ndarray:
    """The u0 [1, out] whose power step gives `v`, which is in the ports' order, input channels first."""
    if kernel.ndim == 4:
        height, width, channels, _ = kernel.shape
        v = v.reshape(channels, height, width).transpose(1, 2, 0).reshape(-1)
    matrix = kernel.reshape(-1, kernel.shape[-1]).astype(np.float64)
    if not all(np.isfinite(array).all() for array in (matrix, u, v)):
        raise TorchCheckpointError(f"{what}: expected finite weight_orig, weight_u and weight_v, got NaN or infinity.")
    wide = matrix.shape[0] <= matrix.shape[1]
    # matrix · u0 = v by the smaller of the two Gram matrices; v lies in the range of the matrix
    gram = matrix @ matrix.T if wide else matrix.T @ matrix
    solution = np.linalg.lstsq(gram, v if wide else matrix.T @ v, rcond=None)[0]
    u0 = matrix.T @ solution if wide else solution
    reached = matrix @ u0
    stored = float(v @ matrix @ u)
    length = max(float(np.linalg.norm(reached)), 1e-30)
    found = float(np.linalg.norm(reached @ matrix)) / length
    if not abs(found - stored) <= _TOLERANCE * abs(stored):
        raise TorchCheckpointError(
            f"{what}: expected weight_u and weight_v of the power iteration on weight_orig, got others (σ {stored:.6g} "
            f"by them, {found:.6g} by the kernel)."
        )
    return (u0 / length)[None].astype(np.float32)
