"""From a command line to a configuration."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import TypeVar

from absl import flags

from cgn_tf.errors import ConfigError
from cgn_tf.options import renamed_flags
from cgn_tf.options.flagfile import expand_flagfiles
from cgn_tf.options.flags import define_flags, from_flags

Config = TypeVar("Config")


_OPTION = re.compile(r"`((?:\[no\])?[a-z]\w*(?:=[^`]*)?)`")


def as_flags(text: str) -> str:
    """`text` with every option in backticks, `steps` or `steps=10`, as the flag that sets it: --steps or --steps=10."""
    return _OPTION.sub(r"--\1", text)


def parse(config_class: type[Config], arguments: Sequence[str]) -> Config:
    """The configuration that `arguments` (flags, and files of flags) describe; ConfigError where they do not."""
    flag_values = flags.FlagValues()  # its own, so that no library's flags are accepted and none are changed
    define_flags(config_class, flag_values)
    try:
        # absl takes the first argument for the program's name and returns it with what is no flag.
        unused = flag_values(["command", *expand_flagfiles(arguments)])[1:]
    except flags.UnrecognizedFlagError as error:
        raise ConfigError(_unknown(error.flagname, list(flag_values))) from None
    except flags.IllegalFlagValueError as error:
        raise ConfigError(str(error).removeprefix("flag ")) from None
    except flags.Error as error:
        raise ConfigError(f"{error}; give it as --name=value.") from None
    if unused:
        raise ConfigError(f"unexpected argument {unused[0]!r}; options are given as --name=value.")
    try:
        return from_flags(config_class, flag_values)
    except ConfigError as error:
        raise ConfigError(as_flags(str(error))) from None


def _unknown(name: str, known: Sequence[str]) -> str:
    renamed = renamed_flags.NAMES.get(name)
    if renamed and renamed.split()[0] in known:
        return f"unknown flag --{name}: it was renamed; give --{renamed}."
    without_dashes = {option.replace("_", ""): option for option in known}
    likely = without_dashes.get(name.replace("_", "").replace("-", "").lower())
    closest = [likely] if likely else difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean --{closest[0]}?" if closest else "--help lists all."
    return f"unknown flag --{name}; {hint}"
