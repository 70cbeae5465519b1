"""Flag files: one flag a line, read in the place where `--flagfile=` stands, so that what comes later wins.

A line is what stands behind a command in a shell, but for this: spaces part nothing, since a line is one flag, and a
backslash is one. Quotes, single or double, are taken off, and within them `#` begins no comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cgn_tf.errors import ConfigError
from cgn_tf.options.paths import PathOption, PathUse, is_missing

_FILE = PathOption(PathUse.READ)


def expand_flagfiles(argv: Sequence[str]) -> list[str]:
    """`argv` with every `--flagfile=X` (or `--flagfile X`) replaced by the flags of the file X.

    Lines that are empty or start with `#` are skipped, and so is what follows ` #` behind a flag. A file may name
    further files: beside itself, or else relative to the current directory. absl would do most of this, but keeps
    quotes, and passes over files that include themselves.

    Raises:
        ConfigError: a file is missing or is no text, includes itself, or holds a line that is no flag or has a quote
            without end.
    """
    return list(_expand(argv, ()))


def _expand(arguments: Sequence[str], open_files: tuple[Path, ...]) -> Iterator[str]:
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in ("--flagfile", "-flagfile"):
            yield argument
            continue
        path = Path(_FILE.resolved("flagfile", value if equals else next(rest, "")))
        if path == Path():
            raise ConfigError("--flagfile: expected a file, got nothing; for example configs/quickstart.flags.")
        if open_files and not is_missing(beside := open_files[-1].parent / path):
            path = beside
        if path.resolve() in open_files:
            raise ConfigError(f"--flagfile={path}: the file includes itself; remove one of the two lines.")
        yield from _expand(_lines(path), (*open_files, path.resolve()))


def _lines(path: Path) -> list[str]:
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
            lines.append(flag)
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
