"""Configurations as nested dictionaries, which JSON can hold."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import TUPLES, Leaf, leaves, sections
from cgn_tf.options.parts import PartOptions, part_fields, section_name

Config = TypeVar("Config")


def to_dict(config: Any) -> dict[str, Any]:
    """`config` as nested dictionaries for JSON: tuples become lists, options of parts a dictionary a class."""
    values = {leaf.name: getattr(config, leaf.name) for leaf in leaves(type(config))}
    nested = {name: to_dict(getattr(config, name)) for name, _ in sections(type(config))}
    nested |= {
        name: {section_name(type(options)): to_dict(options) for options in getattr(config, name)}
        for name, _ in part_fields(type(config))
    }
    order = [field.name for field in dataclasses.fields(config)]
    both = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | nested
    return {name: both[name] for name in order}


def from_dict(config_class: type[Config], values: Mapping[str, Any]) -> Config:
    """The inverse of `to_dict`; raises ConfigError for unknown or missing names and for values out of range."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"{config_class.__name__}: expected a dictionary, got {type(values).__name__}.")
    names = {field.name for field in dataclasses.fields(typing.cast(Any, config_class))}
    for problem, wrong in (("unknown", set(values) - names), ("missing", names - set(values))):
        if wrong:
            raise ConfigError(f"{config_class.__name__}: {problem} {', '.join(sorted(map(str, wrong)))}.")
    built = {leaf.name: _restored(leaf, values[leaf.name]) for leaf in leaves(config_class)}
    built |= {name: from_dict(section, values[name]) for name, section in sections(config_class)}
    built |= {name: _parts_from_dict(name, classes, values[name]) for name, classes in part_fields(config_class)}
    return config_class(**built)


def _parts_from_dict(name: str, classes: list[type], values: Any) -> PartOptions:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{name}: expected a dictionary, got {type(values).__name__}.")
    known = {section_name(options_class): options_class for options_class in classes}
    unknown = sorted(map(str, set(values) - set(known)))
    if unknown:
        raise ConfigError(f"{name}: expected options of {', '.join(known)}, got {', '.join(unknown)}.")
    return PartOptions(*(from_dict(known[section], options) for section, options in values.items()))


def _restored(leaf: Leaf, value: Any) -> Any:
    return tuple(value) if leaf.kind in TUPLES and isinstance(value, list) else value


def differences(old: Mapping[str, Any], new: Mapping[str, Any], ignore: Collection[str] = ()) -> list[str]:
    """What differs between two dictionaries of `to_dict`, one "seed: 1 -> 2" per option, leaving out `ignore`d names.

    An option that only one of them has differs from "nothing". Of lists of dictionaries, which are records of what was
    found, each entry is compared in what the old one states: what it did not record yet is no difference.
    """
    before, after = dict(_flat(old)), dict(_flat(new))
    found = []
    for path in dict.fromkeys((*before, *after)):
        then, now = before.get(path, "nothing"), after.get(path, "nothing")
        if path[-1] in ignore or (path in before and path in after and then == now):
            continue
        if _are_records(then) and _are_records(now) and len(then) == len(now):
            pairs = [_stated_differences(*pair) for pair in zip(then, now, strict=True)]
            found += [f"{path[-1]}[{number}].{one}" for number, pair in enumerate(pairs) for one in pair]
        else:
            found.append(f"{path[-1]}: {then} -> {now}")
    return found


def option_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Name of each option → its value in a dictionary of `to_dict`, whatever section it stands in."""
    return {path[-1]: value for path, value in _flat(values)}


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _stated_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return differences(old, {name: value for name, value in new.items() if name in old})


def _flat(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), list(value) if isinstance(value, tuple) else value
