"""Callbacks of Keras that a command is told of by the names of functions."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import keras

from cgn_tf.errors import ConfigError
from cgn_tf.training.fit_callbacks import SAVE_WEIGHTS


class UserCallbacks:
    """The functions of the option `callbacks`, imported.

    The current directory is where modules are found, too, as with `python -m`.

    Args:
        names: "package.module:function" each. The function takes nothing, or the configuration as a dictionary, and
            returns a `keras.callbacks.Callback` or a list of them; a class of callbacks is such a function.

    Raises:
        ConfigError: another form of a name, no such module, nothing of that name in it, or no function.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if names and os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        self._functions = {name: _function(name) for name in names}

    def make(self, described: Mapping[str, Any]) -> list[keras.callbacks.Callback]:
        """What the functions return.

        Args:
            described: the configuration, as from `to_dict`.

        Raises:
            ConfigError: a function returns something else than callbacks, or a `ModelCheckpoint` of whole models.
        """
        made = []
        for name, function in self._functions.items():
            returned = function(dict(described)) if _required(function) else function()
            several = list(returned) if isinstance(returned, (list, tuple)) else [returned]
            for one in several:
                if not isinstance(one, keras.callbacks.Callback):
                    raise ConfigError(
                        f"`callbacks={name}`: expected keras.callbacks.Callback or a list of them, got "
                        f"{type(one).__name__}; return callbacks."
                    )
                if isinstance(one, keras.callbacks.ModelCheckpoint) and not one.save_weights_only:
                    raise ConfigError(f"`callbacks={name}`: {SAVE_WEIGHTS}.")
            made += several
        return made


def _function(name: str) -> Callable[..., Any]:
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise ConfigError(f"`callbacks`: expected package.module:function, got {name!r}.")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        # a module that the user's own module lacks is an error of that module, and keeps its traceback
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(
            f"`callbacks={name}`: no module {error.name} in the current directory or among what is installed."
        ) from None
    found = getattr(module, attribute, None)
    if not callable(found):
        what = "nothing of that name" if found is None else f"a {type(found).__name__}"
        raise ConfigError(f"`callbacks={name}`: expected a function {attribute} in {module_name}, got {what}.")
    function: Callable[..., Any] = found
    if len(_required(function)) > 1:
        raise ConfigError(
            f"`callbacks={name}`: expected a function that takes nothing or the configuration, got one that needs "
            f"{', '.join(_required(function))}."
        )
    return function


def _required(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that have to be given."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.default is inspect.Parameter.empty and one.kind not in kinds]
