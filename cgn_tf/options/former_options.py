"""Configurations that an earlier version wrote, in the options of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgn_tf.options.dictionaries import option_values
from cgn_tf.options.parts import all_leaves
from cgn_tf.options.renamed_flags import NAMES, VALUES


def default_values(config_class: type) -> dict[str, Any]:
    """Name of every option of a command, those of all parts among them → its default, as JSON has it."""
    return {
        leaf.name: list(leaf.default) if isinstance(leaf.default, tuple) else leaf.default
        for leaf in all_leaves(config_class)
    }


def present_values(values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Name of each option → its value in a dictionary of `to_dict`, under the names that options have now.

    Args:
        values: nested, of this version or of an earlier one.
        known: the options of this version, as from `default_values`.
    """
    found: dict[str, Any] = {}
    for name, value in option_values(values).items():
        for present in [name] if name in known else NAMES.get(name, name).split(" and --"):
            new = VALUES.get((present, value), value) if isinstance(value, str) else value
            found[present] = new
    return found
