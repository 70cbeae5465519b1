"""Where the files of a challenge are: OUT/SET/val/CLASS/NAME__bg_BGCLASS_BGNAME.png, which ImageFolder readers read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf.challenge.contract import BACKGROUND, FG_MASK, OWN, Item
from cgn_tf.challenge.parts import Parts
from cgn_tf.render.png import write_png

SPLIT = "val"
_MARK = "__bg_"


def set_file(set_name: str, item: Item, behind: Item | None = None) -> str:
    """Path of an image relative to the challenge, with slashes.

    Args:
        set_name: one of `SETS`.
        item: whose object it is, or was.
        behind: whose background it has; None: its own. Objects on black have none.
    """
    if set_name == "only_fg":
        background = "none"
    else:
        behind = behind or item
        background = f"{behind.class_name}_{behind.name}"
    return f"{set_name}/{SPLIT}/{item.class_name}/{item.name}{_MARK}{background}.png"


def kept_file(part: str, item: Item) -> str:
    """Path of what is kept of an image beside the sets: of `FG_MASK` or `BACKGROUND`."""
    return f"{part}/{SPLIT}/{item.class_name}/{item.name}.png"


def own_files(item: Item) -> dict[str, str]:
    """Part of `Parts` → path of its file."""
    return {name: set_file(name, item) for name in OWN} | {
        part: kept_file(part, item) for part in (FG_MASK, BACKGROUND)
    }


def is_taken_apart(output: Path, item: Item) -> bool:
    """Whether all files that are made of an image alone are there."""
    return all((output / path).exists() for path in own_files(item).values())


def write_parts(output: Path, item: Item, parts: Parts) -> None:
    """Writes the files that are made of an image alone.

    Raises:
        OSError: the disk refuses.
    """
    for name, path in own_files(item).items():
        write_made(output / path, getattr(parts, name))


def write_made(path: Path, pixels: np.ndarray) -> None:
    """Writes an image, uint8 [S, S, 3] or [S, S], and makes the folders that it is in.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, pixels)
