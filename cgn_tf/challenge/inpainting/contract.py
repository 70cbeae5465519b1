"""What fills the place of an object with background, and how a way of doing so is declared.

A way is one file: a function that makes it from its options, a frozen dataclass of these, and an `InpainterPart` that
`registry.py` lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Inpainter = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Image uint8 [S, S, 3], hole bool [S, S] → uint8 [S, S, 3], the image with the hole filled and all else as it was.

Neither hole nor its complement is empty. It is called by several threads at once, and what it gives depends on its
arguments alone.
"""


@dataclass(frozen=True, kw_only=True)
class InpainterPart:
    """Declares a way of inpainting.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        make: options → the inpainter. What it needs and cannot have raises a `CommandError`.
    """

    name: str
    summary: str
    options: type[Any]
    make: Callable[[Any], Inpainter]
