"""Flag files: one flag a line, read in the place where `--flagfile=` stands, so that what comes later wins.

A line is what stands behind a command in a shell, but for this: spaces part nothing, since a line is one flag, and a
backslash is one. Quotes, single or double, are taken off, and within them `#` begins no comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cgn_tf.errors import ConfigError
from cgn_tf.options.configs import config_file
from cgn_tf.options.paths import PathOption, PathUse, is_missing

_FILE = PathOption(PathUse.READ)


class Argument(NamedTuple):
    """One argument of a command, and where it stands.

    Attributes:
        text: as typed, without quotes and comments: "--steps=3".
        file: that it stands in; None: on the command line.
        line: its number in the file, from 1 on.
    """

    text: str
    file: Path | None = None
    line: int = 0

    @property
    def place(self) -> str:
        """The place in words: "configs/digits.flags, line 7"; relative to the current directory where below it."""
        if self.file is None:
            return "the command line"
        path, here = self.file.resolve(), Path.cwd()
        return f"{path.relative_to(here) if path.is_relative_to(here) else self.file}, line {self.line}"


def expand_flagfiles(argv: Sequence[str]) -> list[str]:
    """The texts of `located`."""
    return [argument.text for argument in located(argv)]


def located(argv: Sequence[str]) -> list[Argument]:
    """`argv` with every `--flagfile=X` (or `--flagfile X`) replaced by the flags of the file X.

    `--config=NAME` stands for the file of a configuration that comes with the package. Lines that are empty or start
    with `#` are skipped, and so is what follows ` #` behind a flag. A file may name further files: beside itself, or
    else relative to the current directory. absl would do most of this, but keeps quotes, and passes over files that
    include themselves.

    Raises:
        ConfigError: a file is missing or is no text, includes itself, or holds a line that is no flag or has a quote
            without end; no configuration has the name.
    """
    return list(_expand([Argument(text) for text in argv], ()))


def _expand(arguments: Sequence[Argument], open_files: tuple[Path, ...]) -> Iterator[Argument]:
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.text.partition("=")
        if name not in ("--flagfile", "-flagfile", "--config", "-config"):
            yield argument
            continue
        text = value if equals else next(rest, Argument("")).text
        path = config_file(text) if name.endswith("config") else _named_file(text, open_files)
        if path.resolve() in open_files:
            raise ConfigError(f"--flagfile={path}: the file includes itself; remove one of the two lines.")
        yield from _expand(_lines(path), (*open_files, path.resolve()))


def _named_file(text: str, open_files: tuple[Path, ...]) -> Path:
    path = Path(_FILE.resolved("flagfile", text))
    if path == Path():
        raise ConfigError("--flagfile: expected a file, got nothing; for example configs/quickstart.flags.")
    if open_files and not is_missing(beside := open_files[-1].parent / path):
        return beside
    return path


def _lines(path: Path) -> list[Argument]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors of Windows put a mark in front
    except OSError as error:
        raise ConfigError(f"--flagfile={path}: cannot read the file: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"--flagfile={path}: expected a text file of flags, got other bytes.") from None
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        flag = _unquoted(line)
        if flag is None:
            raise ConfigError(
                f"--flagfile={path}: line {number}: a quote without end in {line.strip()!r}; close it, or put "
                "an apostrophe between double quotes."
            )
        if flag and (not flag.startswith("-") or flag.partition("=")[0].endswith((" ", "\t"))):
            raise ConfigError(f"--flagfile={path}: line {number}: expected --name=value, got {flag!r}.")
        if flag:
            lines.append(Argument(flag, path, number))
    return lines


def _unquoted(line: str) -> str | None:
    """A line without its comment, the spaces around it and its quotes; None where a quote has no end."""
    kept: list[str] = []
    quote = ""
    before = " "
    for character in line.strip():
        if character == quote:
            quote = ""
        elif quote:
            kept.append(character)
        elif character in "'\"":
            quote = character
        elif character == "#" and before.isspace():
            break
        else:
            kept.append(character)
        before = character
    return None if quote else "".join(kept).rstrip()
