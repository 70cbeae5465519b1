"""Places that are to be different ones, however they are spelled."""

from __future__ import annotations

import os
from collections.abc import Iterable

from cgn_tf.errors import ConfigError


def require_distinct(option: str, places: Iterable[str]) -> None:
    """Holds the values of an option to lead to different places; a symbolic link leads to what it points to.

    Raises:
        ConfigError: two lead to the same place; names both.
    """
    seen: dict[str, str] = {}
    for place in places:
        real = os.path.realpath(place)
        if real in seen:
            also = "twice" if seen[real] == place else f"and {place}, which is the same"
            raise ConfigError(f"`{option}`: expected each directory once, got {seen[real]} {also}.")
        seen[real] = place
