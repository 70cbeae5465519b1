"""Foreign weights as a checkpoint of this package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from cgn_tf.checkpoints.pretrained import load_backbone, load_masker, model_from_file
from cgn_tf.checkpoints.storage import save
from cgn_tf.errors import CommandError
from cgn_tf.models.constructor import constructor
from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.weights.assignment import named_variables
from cgn_tf.weights.convert_config import ConvertConfig
from cgn_tf.weights.hub_biggan import biggan_from_hub
from cgn_tf.weights.onnx_u2net import u2net_from_onnx

_READERS: dict[str, Callable[[ConvertConfig], keras.Model]] = {
    "torch": lambda config: model_from_file(config.input, config.reversed_truncation),
    "onnx": lambda config: u2net_from_onnx(config.input),
    "hub": lambda config: biggan_from_hub(config.input),
    "parts": lambda config: imagenet_cgn(
        load_backbone(config.backbone, reversed_truncation=config.reversed_truncation), load_masker(config.masker)
    ),
}


class Converted(NamedTuple):
    """What was written.

    Attributes:
        path: the checkpoint's folder.
        model: the name of the model's class.
        tensors: the number of arrays.
        parameters: the number of values, without statistics and the vectors of spectral norms.
    """

    path: Path
    model: str
    tensors: int
    parameters: int


def convert(config: ConvertConfig) -> Converted:
    """Reads weights as `config.source` says and writes a checkpoint to the directory `config.output`.

    Raises:
        CommandError: they cannot be had or do not fit, or the output directory exists and is not empty.
    """
    output = Path(config.output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CommandError(
            f"{output}: expected a new or empty directory, got one in use or a file; choose another `output`."
        )
    model = _READERS[config.source](config)
    arrays = {name: variable.numpy() for name, variable in named_variables(model.variables).items()}
    path = save(output, 0, {"model": arrays}, model=constructor(model), config=None, keep=1)
    return Converted(path, type(model).__name__, len(arrays), _parameters(model))


def _parameters(model: keras.Model) -> int:
    stored = ("moving_mean", "moving_variance", "statistics", "u0")
    return sum(int(np.prod(v.shape)) for v in model.variables if v.path.rsplit("/", 1)[-1] not in stored)
