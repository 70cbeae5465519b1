"""From a command line to a configuration."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from absl import flags

from cgn_tf.errors import ConfigError
from cgn_tf.options import renamed_flags
from cgn_tf.options.flagfile import Argument, located
from cgn_tf.options.flags import define_flags, from_flags
from cgn_tf.options.scaling import flag_settings, scaled

Config = TypeVar("Config")


_OPTION = re.compile(r"`((?:\[no\])?[a-z]\w*(?:=[^`]*)?)`")

_READ_BEFORE = ("config", "flagfile")
"""Flags of every command that are no options: the files that they name are read before."""


def as_flags(text: str) -> str:
    """`text` with every option in backticks, `steps` or `steps=10`, as the flag that sets it: --steps or --steps=10."""
    return _OPTION.sub(r"--\1", text)


class Resolved(NamedTuple):
    """What a command line comes to.

    Attributes:
        arguments: flags without files of flags, and with scaled schedules: see `cgn_tf.options.scaling`.
        note: what was scaled, from what, in one sentence; empty: nothing was.
    """

    arguments: list[Argument]
    note: str

    @property
    def flags(self) -> list[str]:
        """The texts of the arguments."""
        return [argument.text for argument in self.arguments]


def resolve(config_class: type, arguments: Sequence[str]) -> Resolved:
    """Reads the files of flags, and scales the schedule to a shorter run that is asked for beside them.

    Args:
        config_class: dataclass of the options.
        arguments: flags, and files of flags.

    Raises:
        ConfigError: a file cannot be read.
    """
    return Resolved(*scaled(config_class, located(arguments)))


def parse(config_class: type[Config], arguments: Sequence[str]) -> Config:
    """The configuration that `arguments` (flags, and files of flags) describe; ConfigError where they do not."""
    return parse_resolved(config_class, resolve(config_class, arguments))


def parse_resolved(config_class: type[Config], resolved: Resolved) -> Config:
    """As `parse`, of arguments whose files have been read."""
    flag_values = flags.FlagValues()  # its own, so that no library's flags are accepted and none are changed
    define_flags(config_class, flag_values)
    try:
        # absl takes the first argument for the program's name and returns it with what is no flag.
        unused = flag_values(["command", *resolved.flags])[1:]
    except flags.UnrecognizedFlagError as error:
        raise ConfigError(_unknown(error.flagname, list(flag_values)) + _places(resolved, [error.flagname])) from None
    except flags.IllegalFlagValueError as error:
        raise ConfigError(str(error).removeprefix("flag ")) from None
    except flags.Error as error:
        raise ConfigError(f"{error}; give it as --name=value.") from None
    if unused:
        raise ConfigError(f"unexpected argument {unused[0]!r}; options are given as --name=value.")
    try:
        return from_flags(config_class, flag_values)
    except ConfigError as error:
        message = str(error)
        named = dict.fromkeys(match.partition("=")[0] for match in _OPTION.findall(message))
        raise ConfigError(as_flags(message) + _places(resolved, named)) from None


def _places(resolved: Resolved, names: Iterable[str]) -> str:
    """Says which lines of which files give flags their values; empty where none does."""
    settings = flag_settings(resolved.arguments)
    given = [(name, settings[name].argument) for name in names if name in settings]
    found = [f"--{name}: {argument.place}" for name, argument in given if argument.file]
    return f" (See {'; '.join(found)}.)" if found else ""


def _unknown(name: str, known: Sequence[str]) -> str:
    renamed = renamed_flags.NAMES.get(name)
    if renamed and renamed.split()[0] in known:
        return f"unknown flag --{name}: it was renamed; give --{renamed}."
    without_dashes = {option.replace("_", ""): option for option in known}
    likely = without_dashes.get(name.replace("_", "").replace("-", "").lower())
    closest = [likely] if likely else difflib.get_close_matches(name, [*known, *_READ_BEFORE], n=1)
    hint = f"did you mean --{closest[0]}?" if closest else "--help lists all."
    return f"unknown flag --{name}; {hint}"
