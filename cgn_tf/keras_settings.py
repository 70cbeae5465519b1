"""The settings of Keras that this package is made for, whatever a file, the environment or a program has chosen.

Keras takes its backend, float type, image format and epsilon from keras.json and KERAS_BACKEND. Nothing here imports
Keras before it is needed.
"""

from __future__ import annotations

import os
from pathlib import Path

from cgn_tf.errors import CommandError

FLOATX = "float32"
DATA_FORMAT = "channels_last"
EPSILON = 1e-7
BACKEND = "tensorflow"

_CHANGES_RESULTS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED")
"""Variables that cut trainings short, or turn a part of another backend on."""
_READS_FILE = "keras.src.backend.config"
"""The module of Keras that reads keras.json when it is imported."""


class KerasSettingsError(CommandError):
    """Keras is set to what the networks are not made for; the message is one line that says what to set."""


def home() -> Path:
    """Keras' own folder, with keras.json and what it downloads."""
    # as Keras finds it, whose own function is no public one
    base = os.path.expanduser("~")
    default = os.path.join(base if os.access(base, os.W_OK) else "/tmp", ".keras")  # noqa: S108
    return Path(os.path.expanduser(os.environ.get("KERAS_HOME", default)))


def choose_environment() -> None:
    """Makes TensorFlow the backend of this process and of its children; call it before Keras is imported."""
    os.environ["KERAS_BACKEND"] = BACKEND
    for name in _CHANGES_RESULTS:
        os.environ.pop(name, None)


def choose() -> None:
    """Gives the imported Keras the settings of this package, so that a command is the same on every machine.

    Raises:
        KerasSettingsError: another backend is in use, which cannot change within a process.
    """
    import keras

    require_tensorflow("the command")
    keras.config.set_floatx(FLOATX)
    keras.config.set_image_data_format(DATA_FORMAT)
    keras.config.set_epsilon(EPSILON)
    # set explicitly: one that was asked for before has the former float type
    keras.config.set_dtype_policy(FLOATX)


def check() -> None:
    """Holds Keras to settings that the networks can be made under; any backend is one, and so is mixed precision.

    Raises:
        KerasSettingsError: it has another float type or image format.
    """
    import keras

    settings = (
        (keras.config.floatx(), FLOATX, "set_floatx", "float type"),
        (keras.config.image_data_format(), DATA_FORMAT, "set_image_data_format", "image format"),
        (keras.config.dtype_policy().variable_dtype, FLOATX, "set_dtype_policy", "type of variables"),
    )
    for found, expected, function, what in settings:
        if found != expected:
            raise KerasSettingsError(
                f"Keras: expected the {what} {expected}, got {found}; call keras.config.{function}({expected!r}) "
                f"before networks are made, or correct {home() / 'keras.json'}."
            )


def require_tensorflow(what: str) -> None:
    """Holds Keras to TensorFlow as its backend, for `what` is made of it.

    Raises:
        KerasSettingsError: it has another one.
    """
    import keras

    if keras.backend.backend() != BACKEND:
        raise KerasSettingsError(
            f"Keras: {what} needs the backend {BACKEND}, got {keras.backend.backend()}; set KERAS_BACKEND={BACKEND} "
            "before Keras is imported, in a new process."
        )


def is_about_file(error: BaseException) -> bool:
    """Whether Keras raised `error` over its keras.json."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__") == _READS_FILE:
            return True
        step = step.tb_next
    return False
