"""Options that are paths: what was typed, as a path on this machine."""

from __future__ import annotations

import os
import re
from enum import Enum, auto
from typing import NamedTuple

from cgn_tf.errors import ConfigError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_WEB = re.compile(r"https?://")


class PathUse(Enum):
    """What a command does with a path."""

    READ = auto()
    WRITE_FILE = auto()
    WRITE_DIRECTORY = auto()


class PathOption(NamedTuple):
    """What an option that is a path takes.

    Attributes:
        use: what the command does with it.
        words: values that are no paths, "random" for example.
        addresses: whether addresses of the web, https://…, are allowed, too.
    """

    use: PathUse
    words: tuple[str, ...] = ()
    addresses: bool = False

    def is_path(self, text: str) -> bool:
        """Whether `text` is a path, and not empty, one of the words or an address."""
        return bool(text) and text not in self.words and not (self.addresses and _WEB.match(text))

    def resolved(self, name: str, text: str) -> str:
        """`text` with `~` and `~user` as the home directories that they stand for; words and addresses as they are.

        Args:
            name: of the option, for errors.
            text: as typed; empty stays empty.

        Raises:
            ConfigError: an address where only paths are allowed, spaces at the ends, an unknown home directory, a NUL
                character, or bytes that are no UTF-8.
        """
        if not self.is_path(text):
            return text
        if text != text.strip():
            raise ConfigError(f"`{name}`: expected a path without spaces at its ends, got {text!r}.")
        if _ADDRESS.match(text):
            raise ConfigError(
                f"`{name}`: expected a path on this machine, got {text!r}; other storage is not supported: mount it, "
                "or copy from and to it."
            )
        if "\0" in text:
            raise ConfigError(f"`{name}`: expected a path, got one with a NUL character, {text!r}.")
        if not _is_utf8(text):  # TensorFlow opens no other
            raise ConfigError(
                f"`{name}`: expected a path in UTF-8, got {text!a}; choose a locale of UTF-8 (LC_ALL=C.UTF-8), or "
                "another name."
            )
        path = os.path.expanduser(text)
        if path.startswith("~"):
            raise ConfigError(
                f"`{name}`: expected a path, got {text!r}, and there is no such home directory; write it out, or begin "
                "with ./ where the name itself begins with ~."
            )
        return path


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_missing(path: str | os.PathLike[str]) -> bool:
    """Whether there is nothing at `path`; what may not be looked at is for its reader to refuse."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def split_list(text: str) -> list[str]:
    r"""The elements of a comma separated list; `\,` is a comma within an element, and spaces around one are dropped."""
    return [element.replace("\\,", ",").strip() for element in re.split(r"(?<!\\),", text)] if text.strip() else []


def join_list(elements: list[str]) -> str:
    r"""The text from which `split_list` makes these elements."""
    return ",".join(element.replace(",", "\\,") for element in elements)
