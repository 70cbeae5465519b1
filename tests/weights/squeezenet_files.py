"""The weights of the whole SqueezeNet, with its classifier, from an .npz."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np


def set_squeezenet_weights(model: keras.Model, path: str | Path) -> None:
    """Sets every weight of `squeezenet_classifier()`: `fire2_squeeze1x1/kernel` is `fire2/squeeze1x1/W` (OIHW)."""
    with np.load(path) as arrays:
        for variable in model.variables:
            layer, kind = variable.path.split("/")
            array = arrays[f"{layer.replace('_', '/')}/{'W' if kind == 'kernel' else 'b'}"]
            variable.assign(array.transpose(2, 3, 1, 0) if kind == "kernel" else array)
