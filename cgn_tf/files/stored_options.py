"""The options that a directory was begun with, as flags: so that naming the directory is enough to go on."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.json_file import read_json
from cgn_tf.options.flagfile import Argument
from cgn_tf.options.flags import as_text
from cgn_tf.options.former_options import default_values, present_values
from cgn_tf.options.paths import PathOption, PathUse, is_missing
from cgn_tf.options.renamed_flags import NAMES
from cgn_tf.options.scaling import flag_settings

CONFIG_FILE = "config.json"
_DETERMINES = {"epochs": "steps", "counterfactuals": "num_counterfactuals"}
"""Option → the one that is kept with the value that follows from it: given anew, it determines that value anew."""
_OF_ONE_PROCESS = {"print_config", "dry_run"}
"""Options that are asked for anew each time."""


def refuse_without_begun(option: str, arguments: Sequence[Argument], owner: str, begins: str) -> None:
    """Holds a directory that is the only thing given to be one that was begun: a name with a slip begins nothing.

    Args:
        option: names the directory: "workdir".
        arguments: the command line, without files of flags.
        owner: what the directory is of: "a run".
        begins: flags that begin one, for the error: "`config=quickstart`".

    Raises:
        ConfigError: nothing else is given, and the directory has no configuration; or it is no path.
    """
    given = flag_settings(arguments)
    if set(given) != {option} or not given[option].value or any(argument.file for argument in arguments):
        return
    if len(arguments) > (1 if "=" in arguments[0].text else 2):  # what is no flag, which parsing refuses
        return
    directory = Path(PathOption(PathUse.WRITE_DIRECTORY).resolved(option, given[option].value))
    # what is wrong with a file in its place is said by who checks the paths
    if is_missing(directory / CONFIG_FILE) and not os.path.isfile(directory):
        raise ConfigError(
            f"`{option}`: expected {owner} to go on with, got {directory}, which has none; check the name, or begin "
            f"one, for example with {begins}."
        )


def stored_arguments(config_class: type, option: str, arguments: Sequence[Argument]) -> list[Argument]:
    """The flags of the configuration that a directory keeps; none where it keeps none, or files of flags are given.

    Args:
        config_class: dataclass of the command's options.
        option: names the directory: "workdir".
        arguments: the command line, which comes behind these flags and so overrides them.

    Raises:
        ConfigError: the configuration has an option that is no more.
    """
    given = flag_settings(arguments)
    if option not in given or any(argument.file for argument in arguments):
        return []
    file = Path(os.path.expanduser(given[option].value)) / CONFIG_FILE
    try:
        kept = read_json(file)
    except (CommandError, ValueError):  # who binds the directory says what is wrong with it
        return []
    known = default_values(config_class)
    values = present_values(_options(config_class, kept, known), known) if isinstance(kept, dict) else {}
    gone = sorted(set(values) - set(known))
    if gone:
        raise ConfigError(
            f"{file}: has the option {gone[0]}, which this version of cgn_tf does not have; go on with the version "
            f"that began it, or choose another `{option}`."
        )
    left_out = {_DETERMINES.get(name) for name in given} | _OF_ONE_PROCESS
    return [Argument(f"--{name}={as_text(value)}") for name, value in values.items() if name not in left_out]


def _options(config_class: type, kept: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Sections and options, without records of data and weights."""
    fields = {field.name for field in dataclasses.fields(config_class)}
    return {name: value for name, value in kept.items() if name in fields or name in known or name in NAMES}
