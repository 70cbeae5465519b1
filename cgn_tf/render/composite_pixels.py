"""The parts of a composite as pixels."""

from __future__ import annotations

import numpy as np
from keras import ops

from cgn_tf.render.grid import grey, to_uint8
from cgn_tf.types import PREMASK_RANGE, Composite

BY_FACTOR = ("premask", "mask", "foreground", "background", "image")
"""The parts in the order in which they are made."""


def composite_pixels(composite: Composite) -> dict[str, np.ndarray]:
    """Part → uint8 [B, H, W, 3], in the order in which they are made; mask and premask of one channel are grey."""
    values = {name: ops.convert_to_numpy(getattr(composite, name)) for name in BY_FACTOR}
    premask = values["premask"]
    return {name: to_uint8(part) for name, part in values.items()} | {
        "premask": to_uint8(premask) if premask.shape[-1] == 3 else grey(premask, *PREMASK_RANGE),
        "mask": grey(values["mask"]),
    }
