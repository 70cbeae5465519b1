"""The configurations that come with this package, one experiment each, by name: "wildlife_mnist".

They are the files of flags in `configs/`: of the checkout, or beside the modules of an installed package.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from cgn_tf.errors import CommandError, ConfigError

SUFFIX = ".flags"
_PACKAGE = Path(__file__).resolve().parents[1]


def config_directory() -> Path:
    """The directory of the configurations.

    Raises:
        CommandError: the package was copied without them.
    """
    for directory in (_PACKAGE / "configs", _PACKAGE.parent / "configs"):
        if any(directory.glob(f"*{SUFFIX}")):
            return directory
    raise CommandError(
        f"{_PACKAGE}: expected the configurations in configs/ or in ../configs/, got neither; install cgn_tf again."
    )


def config_names() -> list[str]:
    """The names of all configurations, sorted."""
    return sorted(path.stem for path in config_directory().glob(f"*{SUFFIX}"))


def config_file(name: str) -> Path:
    """The file of flags of a configuration.

    Args:
        name: of the file, without its ending: "wildlife_mnist".

    Raises:
        ConfigError: there is no such configuration; names the closest.
    """
    names = config_names()
    if name in names:
        return config_directory() / f"{name}{SUFFIX}"
    if not name:
        raise ConfigError("`config`: expected the name of a configuration, got none; cgn configs lists all.")
    if name.endswith(SUFFIX) or "/" in name:
        raise ConfigError(
            f"`config`: expected the name of a configuration, quickstart for example, got the file {name}; give a "
            f"file as `flagfile={name}`."
        )
    closest = difflib.get_close_matches(name, names, n=3)
    hint = f"did you mean {' or '.join(closest)}? " if closest else ""
    raise ConfigError(f"`config`: no configuration {name!r}; {hint}cgn configs lists all.")


def config_summary(name: str) -> str:
    """The first sentence of the comment at the head of a configuration."""
    text = config_file(name).read_text(encoding="utf-8")
    lines = (line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#"))
    comment = " ".join(lines).split("python tools/")[0].split(" cgn ")[0]
    return comment.split(". ")[0].strip().rstrip(".:") + "."
