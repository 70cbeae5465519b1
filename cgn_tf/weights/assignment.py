"""Arrays into variables: strictly, by name, all or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import keras
import numpy as np

from cgn_tf.errors import CommandError

_SHOWN = 8  # names of each kind of problem in a message, so that it stays a line that can be read


class AssignmentError(CommandError):
    """Arrays and variables differ in names, shapes or types."""


def named_variables(variables: Iterable[keras.Variable]) -> dict[str, keras.Variable]:
    """The variables by their `path`, for example "cgn/shape/dense/kernel".

    Raises:
        ValueError: two variables have one path; name the layers that hold them.
    """
    named: dict[str, keras.Variable] = {}
    repeated = []
    for variable in variables:
        if variable.path in named:
            repeated.append(variable.path)
        named[variable.path] = variable
    if repeated:
        raise ValueError(f"expected one path a variable, got several of {_listed(repeated)}; give layers own names.")
    return named


def own_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """The variables of a built model by their path below it, the same for a model alone and as a part of another."""
    return {path.removeprefix(f"{model.path}/"): v for path, v in named_variables(model.variables).items()}


def assign(variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray], what: str) -> None:
    """Sets every variable to the array of its name; nothing is set unless all fit.

    Args:
        variables: by name, as from `named_variables`.
        arrays: by the same names, of the same shapes and dtypes; nothing is cast or broadcast.
        what: where the arrays come from, for errors.

    Raises:
        AssignmentError: names the variables without array, the arrays without variable, and those that differ.

    Example:
        >>> assign(named_variables(model.variables), checkpoint.groups["model"], str(checkpoint.path))
    """
    missing = [name for name in variables if name not in arrays]
    unexpected = [name for name in arrays if name not in variables]
    mismatched = [
        f"{name} (expected {_form(variable.dtype, tuple(variable.shape))}, got {_form(array.dtype, array.shape)})"
        for name, variable in variables.items()
        if (array := arrays.get(name)) is not None
        and (tuple(variable.shape), variable.dtype) != (array.shape, array.dtype.name)
    ]
    problems = [
        f"{kind} {_listed(names)}"
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("mismatched", mismatched))
        if names
    ]
    if problems:
        raise AssignmentError(f"{what}: does not fit the model: {'; '.join(problems)}.")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _form(dtype: object, shape: tuple[int, ...]) -> str:
    return f"{dtype} {list(shape)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
