"""What all networks of this package have in common."""

from __future__ import annotations

from typing import Any

import keras

from cgn_tf import keras_settings


class Network(keras.Model):
    """A `keras.Model` of float32 variables and NHWC images, whatever precision it computes in.

    Raises:
        KerasSettingsError: when it is made while Keras is set to another float type or image format.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        keras_settings.check()
        super().__init__(*arguments, **options)
