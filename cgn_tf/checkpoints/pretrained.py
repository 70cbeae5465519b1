"""The pretrained networks of the CGN at 256 pixels, from whichever form they are at hand in."""

from __future__ import annotations

from pathlib import Path

import keras

from cgn_tf.checkpoints.loading import load
from cgn_tf.checkpoints.manifest import CheckpointError
from cgn_tf.checkpoints.storage import available, step_name
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.weights.hub_biggan import biggan_from_hub
from cgn_tf.weights.masker_options import MaskerOptions
from cgn_tf.weights.onnx_u2net import u2net_from_onnx
from cgn_tf.weights.torch_models import model_from_torch

_TORCH = (".pth", ".bin", ".pt")
_ONNX = ".onnx"


def load_backbone(source: str, resolution: int | None = None, reversed_truncation: bool = False) -> BigGAN:
    """A pretrained BigGAN-deep.

    Args:
        source: a tfhub.dev or Kaggle handle, a module directory or its `.tar.gz` (see `open_hub_module`); a
            `biggan-deep-*-pytorch_model.bin`; or a directory that `tools/convert.py` wrote.
        resolution: the one that is needed; None: whichever it has.
        reversed_truncation: see `BigGAN`; of PyTorch files alone.

    Raises:
        CommandError: it cannot be had, is damaged, or of another kind or resolution; file and key are named.
    """
    found = _converted(source)
    if found is None:
        if not source.endswith(_TORCH):
            return biggan_from_hub(source, resolution)
        found = model_from_torch(source, reversed_truncation)
    if not isinstance(found, BigGAN):
        raise CheckpointError(f"{source}: expected a BigGAN-deep, got a {type(found).__name__}.")
    if resolution is not None and found.resolution != resolution:
        raise CheckpointError(f"{source}: expected resolution {resolution}, got {found.resolution}; choose another.")
    return found


def masker_of(options: MaskerOptions) -> U2Net:
    """The U²-Net or U²-NetP that options name, with the input that they ask for; errors as for `load_masker`."""
    return with_input(load_masker(options.masker_weights), options)


def with_input(network: U2Net, options: MaskerOptions) -> U2Net:
    """The built network with the input that is asked for: itself where it has it, else another with its values."""
    config, given = network.get_config(), options.given_input
    if all(config[name] == value for name, value in given.items()):
        return network
    asked = U2Net(**{**config, **given})
    asked.build()
    for variable, value in zip(asked.variables, network.variables, strict=True):
        variable.assign(value)
    return asked


def load_masker(source: str) -> U2Net:
    """A pretrained U²-Net or U²-NetP, with the input that is right for it.

    Args:
        source: `u2net.pth` or `u2netp.pth`, whose input is that of the CGN; `u2net.onnx` or `u2netp.onnx`, see
            `u2net_from_onnx`; or a directory that `tools/convert.py` wrote.

    Raises:
        CommandError: it cannot be read, is damaged, or of another kind; file and key are named.
    """
    if not Path(source).exists():
        raise CheckpointError(
            f"{source}: expected the weights of U²-Net, got no such file; fetch u2net.pth (or u2netp.pth) from "
            "https://github.com/xuebinqin/U-2-Net, or u2net.onnx (or u2netp.onnx) of rembg, and give its path."
        )
    found = _converted(source)
    if found is None:
        found = model_from_file(source)
    if not isinstance(found, U2Net):
        raise CheckpointError(f"{source}: expected a U²-Net, got a {type(found).__name__}.")
    return found


def model_from_file(source: str, reversed_truncation: bool = False) -> keras.Model:
    """The network of one foreign file: of an `.onnx` by `u2net_from_onnx`, of another by `model_from_torch`.

    Raises:
        CommandError: as for these.
    """
    if source.lower().endswith(_ONNX):
        return u2net_from_onnx(source)
    return model_from_torch(source, reversed_truncation)


def weight_files(source: str) -> list[Path]:
    """The files that hold the weights of a network, in the order of their names.

    Args:
        source: as for `load_backbone`, `load_masker` or `load_feature_weights`.

    Returns:
        The file itself; of a directory with checkpoints the arrays that `load` takes from the newest, of another all
        files. None where nothing of this name is on the disk: of a handle, for example.
    """
    path = Path(source)
    if not path.is_dir():
        return [path] if path.is_file() else []
    arrays = [
        directory / step_name(step) / f"{group}.safetensors"
        for directory in (path / "checkpoints", path)
        for step in reversed(available(directory))
        for group in ("ema", "model")
    ]
    if arrays:
        return [next((file for file in arrays if file.exists()), arrays[0])]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _converted(source: str) -> keras.Model | None:
    """The model of a directory with checkpoints; None where it is none."""
    directory = Path(source)
    return load(directory) if available(directory / "checkpoints") or available(directory) else None
