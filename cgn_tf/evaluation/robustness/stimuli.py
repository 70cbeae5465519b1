"""Cue-conflict stimuli: images with the shape of one category and the texture of another, told by their names."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.image_names import image_names

_NAME = re.compile(r"(.*\D)\d+-(.*\D)\d+")


class Stimulus(NamedTuple):
    """One image.

    Attributes:
        name: of its file, relative to the directory.
        shape, texture: categories.
    """

    name: str
    shape: str
    texture: str

    @property
    def key(self) -> str:
        """`shapeN-textureM`, by which observers are compared on it."""
        return Path(self.name).stem


def find_stimuli(directory: Path, categories: Collection[str]) -> list[Stimulus]:
    """The stimuli `shapeN-textureM.png` below a directory, sorted by name.

    Raises:
        CommandError: no directory or no images, a file of another name, two of one name, or a category that is none.
    """
    found: dict[str, Stimulus] = {}
    for name in image_names(directory, "images"):
        match = _NAME.fullmatch(Path(name).stem)
        if match is None:
            raise CommandError(f"{directory / name}: expected a name such as cat7-elephant2.png, got another.")
        stimulus = Stimulus(name, match[1], match[2])
        unknown = [one for one in stimulus[1:] if one not in categories]
        if unknown:
            raise CommandError(
                f"{directory / name}: expected a shape and a texture among {', '.join(categories)}, got {unknown[0]}; "
                "`categories` may name others."
            )
        if stimulus.key in found:
            raise CommandError(
                f"{directory}: expected every stimulus once, got {found[stimulus.key].name} and {name}; remove one."
            )
        found[stimulus.key] = stimulus
    return list(found.values())
