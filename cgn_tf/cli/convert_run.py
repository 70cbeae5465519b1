"""What the convert command does once its command line is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from cgn_tf import checkpoints
from cgn_tf.checkpoints.pretrained import load_backbone, load_masker
from cgn_tf.config.convert import ConvertConfig
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import constructor
from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.weights.assignment import named_variables
from cgn_tf.weights.hub_biggan import biggan_from_hub
from cgn_tf.weights.torch_models import model_from_torch

_READERS: dict[str, Callable[[ConvertConfig], keras.Model]] = {
    "torch": lambda config: model_from_torch(config.input, config.reversed_truncation),
    "hub": lambda config: biggan_from_hub(config.input),
    "parts": lambda config: imagenet_cgn(
        load_backbone(config.backbone, reversed_truncation=config.reversed_truncation), load_masker(config.masker)
    ),
}


def convert(config: ConvertConfig) -> None:
    """Reads weights as `config.source` says and writes the directory `config.output`.

    Raises:
        CommandError: they cannot be had or do not fit, or the output directory exists and is not empty.
    """
    output = Path(config.output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CommandError(
            f"{output}: expected a new or empty directory, got one in use or a file; choose another --output."
        )
    model = _READERS[config.source](config)
    arrays = {name: variable.numpy() for name, variable in named_variables(model.variables).items()}
    step = checkpoints.save(output, 0, {"model": arrays}, model=constructor(model), config=None, keep=1)
    source = config.input or f"{config.backbone} and {config.masker}"
    print(f"{step}: {type(model).__name__} of {len(arrays)} tensors, {_parameters(model):,} parameters from {source}")


def _parameters(model: keras.Model) -> int:
    """Without what is stored beside them: statistics, vectors of spectral norms."""
    stored = ("moving_mean", "moving_variance", "statistics", "u0")
    return sum(int(np.prod(v.shape)) for v in model.variables if v.path.rsplit("/", 1)[-1] not in stored)
