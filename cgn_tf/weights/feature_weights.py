"""Weights of the perceptual feature networks: downloaded, from a file, or seeded at random."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import keras
import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind
from cgn_tf.files.npz_file import read_npz
from cgn_tf.models.networks.features import FeatureNetwork
from cgn_tf.models.networks.squeezenet import squeezenet_classifier
from cgn_tf.weights.assignment import assign, named_variables

SHOWN = 12
"""Problems that a message names, so that it stays a line that can be read."""
_HDF5 = b"\x89HDF\r\n\x1a\n"


class FeatureWeightsError(CommandError):
    """The weights of a feature network cannot be had, or do not fit it."""


def load_feature_weights(network: FeatureNetwork, source: str, seed: int = 0) -> str:
    """Sets every weight of the network.

    Args:
        network: VGG16 or SqueezeNet v1.0, cut at its deepest tap.
        source: "imagenet" (VGG16 only: downloads through keras.applications), "random" (see `random_weight`), or a
            path: for SqueezeNet an `.npz` with names such as `fire2/squeeze1x1/W` (OIHW) and `…/b`; for VGG16 an
            `.npz` with names such as `block1_conv1/kernel` (HWIO) and `…/bias`, or the `.h5` of
            `keras.applications.VGG16` without its classifier. Layers of the full network that `network` does not
            compute may be in the file.
        seed: of "random".

    Returns:
        One sentence that says what the weights are.

    Raises:
        FeatureWeightsError: the download failed, the file cannot be read, or names or shapes do not fit; all are named.
        NpzError: see `read_npz`.
    """
    architecture = network.architecture
    variables = named_variables(network.variables)
    if source == "random":
        arrays = {name: random_weight(name, tuple(v.shape), seed) for name, v in variables.items()}
        origin = f"seeded random weights (seed {seed}), not trained on any image"
    elif source == "imagenet":
        arrays = _downloaded(architecture)
        origin = "ImageNet weights of keras.applications"
    elif architecture == "vgg16" and source.endswith(".h5"):
        arrays = _from_h5(source)
        origin = f"weights from {source}"
    elif source.endswith(".npz"):
        arrays = _from_npz(source, architecture, needed=variables)
        origin = f"weights from {source}"
    else:
        kinds = ".npz or .h5" if architecture == "vgg16" else ".npz"
        raise FeatureWeightsError(
            f"feature weights: expected imagenet, random or the path of a {kinds} file for {architecture}, "
            f"got {source!r}."
        )
    assign(variables, {name: arrays[name] for name in variables}, f"{architecture} feature weights ({source})")
    return f"Features: {architecture} with {origin}."


def load_squeezenet(path: str) -> keras.Model:
    """The classifier SqueezeNet v1.0 with the weights of an `.npz`, see `load_feature_weights`.

    Raises:
        FeatureWeightsError: names or shapes do not fit; all are named.
        NpzError: see `read_npz`.
    """
    network = squeezenet_classifier()
    variables = named_variables(network.variables)
    assign(variables, _from_npz(path, "squeezenet", needed=variables), path)
    return network


def random_weight(name: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """A weight that is a function of its name: He-scaled normal kernels, biases N(0, 0.05).

    Args:
        name: such as `block1_conv1/kernel`.
        shape: HWIO of a kernel, [O] of a bias.
        seed: 0 hashes the name alone; any other seed gives unrelated weights.

    Returns:
        float32 array of that shape.
    """
    scale = np.sqrt(2.0 / np.prod(shape[:-1])) if len(shape) > 1 else 0.05
    hashed = zlib.crc32((name if seed == 0 else f"{seed}/{name}").encode())
    return (np.random.RandomState(hashed).standard_normal(shape) * scale).astype(np.float32)


def _full(architecture: str) -> dict[str, tuple[int, ...]]:
    """Our name → shape of every weight of the full network."""
    full = squeezenet_classifier() if architecture == "squeezenet" else _vgg16()
    return {name: tuple(variable.shape) for name, variable in named_variables(full.variables).items()}


def _vgg16(weights: str | None = None) -> keras.Model:
    return keras.applications.VGG16(include_top=False, weights=weights, input_shape=(None, None, 3))


def _as_arrays(variables: Iterable[keras.Variable]) -> dict[str, np.ndarray]:
    return {name: variable.numpy() for name, variable in named_variables(variables).items()}


def _downloaded(architecture: str) -> dict[str, np.ndarray]:
    if architecture == "squeezenet":
        raise FeatureWeightsError(
            "SqueezeNet's ImageNet weights have no download: give the path of squeezenet_v1.0.npz, or choose vgg16."
        )
    try:
        return _as_arrays(_vgg16("imagenet").variables)
    except Exception as error:  # keras raises a bare Exception when the download fails
        raise FeatureWeightsError(
            f"VGG16's ImageNet weights could not be downloaded ({_first_line(error)}). Give the path of "
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 fetched elsewhere, use SqueezeNet with the path of its "
            ".npz, or use the seeded random weights (random)."
        ) from error


def _from_h5(path: str) -> dict[str, np.ndarray]:
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FeatureWeightsError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if not head.startswith(_HDF5) and (kind := known_kind(head)):
        raise FeatureWeightsError(f"{path}: expected an HDF5 file, got {kind}.")
    model = _vgg16()
    try:
        model.load_weights(path)
    except Exception as error:  # h5py and keras raise many types for damaged and for unfitting files
        raise FeatureWeightsError(
            f"{path}: not the weights of keras.applications.VGG16 without its classifier ({_first_line(error)})."
        ) from error
    return _as_arrays(model.variables)


def _from_npz(path: str, architecture: str, needed: Mapping[str, keras.Variable]) -> dict[str, np.ndarray]:
    """Every needed array under our name and in our layout; strict about names, shapes, types and finite values."""
    stored = read_npz(path)
    full = _full(architecture)
    keys = {name: _squeezenet_key(name) if architecture == "squeezenet" else name for name in full}
    problems = [f"unexpected {key}" for key in stored if key not in keys.values()]
    arrays = {}
    for name in needed:
        key, shape = keys[name], full[name]
        layout = shape
        if architecture == "squeezenet" and len(shape) == 4:
            layout = (shape[3], shape[2], shape[0], shape[1])
        if key not in stored:
            problems.append(f"missing {key}")
        elif stored[key].shape != layout or stored[key].dtype.kind != "f":
            problems.append(f"{key} is {stored[key].dtype}{list(stored[key].shape)}, expected float32{list(layout)}")
        elif not np.isfinite(stored[key]).all():
            problems.append(f"{key} holds values that are not finite")
        else:
            array = stored[key].astype(np.float32)
            arrays[name] = array if layout == shape else array.transpose(2, 3, 1, 0)
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise FeatureWeightsError(f"{path} does not fit {architecture}: {'; '.join(problems[:SHOWN])}{more}.")
    return arrays


def _squeezenet_key(name: str) -> str:
    """`fire2_squeeze1x1/kernel` → `fire2/squeeze1x1/W`: layer names of Keras admit no slash."""
    layer, kind = name.split("/")
    return f"{layer.replace('_', '/')}/{'W' if kind == 'kernel' else 'b'}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
