"""A layer as the constructor that makes it."""

from __future__ import annotations

from typing import Any

import keras


def constructor(part: keras.layers.Layer) -> dict[str, Any]:
    """The serialised constructor alone: `CGN.build` creates the variables of every part."""
    config = keras.saving.serialize_keras_object(part)
    config.pop("build_config", None)
    return config
