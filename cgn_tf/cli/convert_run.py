"""What the convert command does once its command line is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf import checkpoints
from cgn_tf.config.convert import ConvertConfig
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN, constructor
from cgn_tf.weights.assignment import named_variables
from cgn_tf.weights.torch_digit_cgn import digit_cgn_from_torch

_READERS = {"torch": digit_cgn_from_torch}


def convert(config: ConvertConfig) -> None:
    """Reads `config.input` in the format `config.source` and writes the directory `config.output`.

    Raises:
        CommandError: the input cannot be read, or the output directory exists and is not empty.
    """
    output = Path(config.output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CommandError(
            f"{output}: expected a new or empty directory, got one in use or a file; choose another --output."
        )
    cgn = _READERS[config.source](config.input)
    model = {name: variable.numpy() for name, variable in named_variables(cgn.variables).items()}
    step = checkpoints.save(output, 0, {"model": model}, model=constructor(cgn), config=None, keep=1)
    print(f"{step}: {len(model)} tensors, {_parameters(cgn):,} parameters from {config.input}")


def _parameters(cgn: CGN) -> int:
    return sum(int(np.prod(variable.shape)) for variable in cgn.trainable_variables)
