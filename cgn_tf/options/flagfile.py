"""Flag files: one flag a line, read in the place where `--flagfile=` stands, so that what comes later wins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cgn_tf.errors import ConfigError


def expand_flagfiles(argv: Sequence[str]) -> list[str]:
    """`argv` with every `--flagfile=X` (or `--flagfile X`) replaced by the flags of the file X.

    Lines that are empty or start with `#` are skipped, and so is what follows ` #` behind a flag. A file may name
    further files: beside itself, or else relative to the current directory. absl would do most of this, but passes
    over files that include themselves.

    Raises:
        ConfigError: a file is missing or is no text, includes itself, or holds a line that is no flag.
    """
    return list(_expand(argv, ()))


def _expand(arguments: Sequence[str], open_files: tuple[Path, ...]) -> Iterator[str]:
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in ("--flagfile", "-flagfile"):
            yield argument
            continue
        path = Path(os.path.expanduser(value if equals else next(rest, "")))
        if open_files and (open_files[-1].parent / path).is_file():
            path = open_files[-1].parent / path
        if path == Path():
            raise ConfigError("--flagfile: expected a file, got nothing; for example configs/quickstart.flags.")
        if path.resolve() in open_files:
            raise ConfigError(f"--flagfile={path}: the file includes itself; remove one of the two lines.")
        yield from _expand(_lines(path), (*open_files, path.resolve()))


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--flagfile={path}: cannot read the file: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"--flagfile={path}: expected a text file of flags, got other bytes.") from None
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        flag = (" " + line).split(" #", maxsplit=1)[0].strip()
        if flag and not flag.startswith("-"):
            raise ConfigError(f"--flagfile={path}: line {number}: expected --name=value, got {flag!r}.")
        if flag:
            lines.append(flag)
    return lines
