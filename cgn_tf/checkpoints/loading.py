"""From a directory to a model that is ready to generate."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras

import cgn_tf.models
from cgn_tf import keras_settings
from cgn_tf.checkpoints.manifest import CheckpointError
from cgn_tf.checkpoints.renamed import with_present_names
from cgn_tf.checkpoints.storage import Checkpoint, available, read_latest
from cgn_tf.weights.assignment import AssignmentError, assign, named_variables

_PACKAGE = "cgn_tf>"


class CheckpointSource(NamedTuple):
    """Where a model came from.

    Attributes:
        path: the checkpoint's folder.
        step: the checkpoint's.
        sha256: of the file of the weights.
        config: the configuration of the run; None where the checkpoint has none: a converted one, for example.
    """

    path: Path
    step: int
    sha256: str
    config: Mapping[str, Any] | None = None


def load(directory: str | Path, *, ema: bool | None = None) -> keras.Model:
    """Makes the model of a directory's newest sound checkpoint, with its weights.

    Args:
        directory: a work directory of the training command, or what the convert command wrote.
        ema: True: the moving average of the weights; False: the weights themselves; None: the moving average where
            the checkpoint has one.

    Returns:
        The built model, for example a `CGN`.

    Raises:
        UnreadableError: the newest checkpoint cannot be looked at, so that none can be said to be the newest sound one.
        CheckpointError: no checkpoint, none that is sound, no moving average though asked for, or a constructor or
            arrays that this version does not know.

    Warns:
        UserWarning: a damaged checkpoint was passed over for the one before it.
    """
    return _model(_newest(Path(directory)), ema)[0]


def load_with_source(directory: str | Path, *, ema: bool | None = None) -> tuple[keras.Model, CheckpointSource]:
    """As `load`, and tells which checkpoint the weights are of; errors and warnings as for `load`."""
    checkpoint = _newest(Path(directory))
    model, group = _model(checkpoint, ema)
    sha256 = checkpoint.files[f"{group}.safetensors"].sha256
    return model, CheckpointSource(checkpoint.path, checkpoint.step, sha256, checkpoint.config)


def _model(checkpoint: Checkpoint, ema: bool | None) -> tuple[keras.Model, str]:
    """The model of a checkpoint, and the group that its weights are of."""
    if ema and "ema" not in checkpoint.groups:
        raise CheckpointError(
            f"{checkpoint.path}: expected a moving average of the weights, got none; load it with ema=False."
        )
    group = "ema" if ema is not False and "ema" in checkpoint.groups else "model"
    if group not in checkpoint.groups:
        raise CheckpointError(f"{checkpoint.path}: expected the arrays of a model, got {sorted(checkpoint.groups)}.")
    model = rebuild(checkpoint.model, str(checkpoint.path))
    try:
        assign(named_variables(model.variables), checkpoint.groups[group], f"{checkpoint.path} ({group})")
    except AssignmentError as error:
        raise CheckpointError(str(error)) from error
    return model, group


def rebuild(constructor: Mapping[str, Any], what: str) -> keras.Model:
    """Makes the model of a serialised constructor and creates its variables; `what` names the source in errors.

    Nothing but the networks of this package, layers that the program has itself registered with
    `keras.saving.register_keras_serializable`, Keras initializers and dtype policies is made, whatever the constructor
    asks for: no other class, no function, no Lambda.

    Raises:
        CheckpointError: another class is asked for, or the arguments do not fit.
        KerasSettingsError: Keras is set to another float type or image format.
    """
    keras_settings.check()
    for module in pkgutil.walk_packages(cgn_tf.models.__path__, f"{cgn_tf.models.__name__}."):
        importlib.import_module(module.name)  # which registers the classes
    constructor = with_present_names(constructor)
    _refuse_foreign(constructor, what)
    try:
        model = keras.saving.deserialize_keras_object(constructor)
        if isinstance(model, keras.Model):
            model.build()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        cause = next(iter(str(error).splitlines()), type(error).__name__)
        raise CheckpointError(f"{what}: the model's constructor does not fit this version ({cause}).") from error
    if not isinstance(model, keras.Model):
        raise CheckpointError(f"{what}: expected the constructor of a model, got {type(model).__name__}.")
    return model


def _newest(directory: Path) -> Checkpoint:
    candidates = (directory / "checkpoints", directory)  # a work directory; a converted checkpoint
    for candidate in candidates:
        if available(candidate):
            checkpoint = read_latest(candidate, lambda message: warnings.warn(message, stacklevel=5))
            if checkpoint is not None:
                return checkpoint
    state = "a directory without them" if directory.is_dir() else "a file" if directory.exists() else "nothing"
    raise CheckpointError(
        f"{directory}: expected a work directory (checkpoints/step_*) or a converted checkpoint (step_*), got {state}."
    )


def _refuse_foreign(node: Any, what: str) -> None:
    if isinstance(node, Mapping):
        if "class_name" in node and not _admitted(node):
            asked = node.get("registered_name") or f"{node.get('module')}.{node['class_name']}"
            raise CheckpointError(
                f"{what}: expected a class of cgn_tf, a registered Keras layer or a Keras initializer, got {asked}; "
                "refused. Import the module that registers a layer of your own before you load."
            )
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            _refuse_foreign(part, what)


def _admitted(node: Mapping[str, Any]) -> bool:
    kind, module, registered = node["class_name"], node.get("module"), node.get("registered_name")
    if isinstance(registered, str):
        found = keras.saving.get_registered_object(registered)
        own = registered.startswith(_PACKAGE) or (isinstance(found, type) and issubclass(found, keras.Layer))
        # Keras goes by some class names ("function", "__lambda__") before it looks at the registered name.
        return own and isinstance(found, type) and found.__name__ == kind
    if registered is not None or not isinstance(kind, str):
        return False
    if module == "keras.initializers":
        found = getattr(keras.initializers, kind, None)
        return isinstance(found, type) and issubclass(found, keras.initializers.Initializer)
    return kind == "__tuple__" or (module, kind) == ("keras", "DTypePolicy")
