"""What a finished challenge has besides its images: table, record, card and contact sheet."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cgn_tf.challenge.card import card
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import CARD, MIXED, RECORD, SETS, SHEET, Item, Source
from cgn_tf.challenge.files import set_file
from cgn_tf.challenge.mixing import Mix
from cgn_tf.challenge.tables import write_table
from cgn_tf.datasets.images.square import square
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.created_by import created_by
from cgn_tf.files.json_file import write_json
from cgn_tf.options.dictionaries import option_values, to_dict
from cgn_tf.options.flags import as_text
from cgn_tf.options.former_options import default_values
from cgn_tf.render.grid import image_grid
from cgn_tf.render.png import read_png_in_thread, write_png

CELL = 160
"""Pixels of a picture on the contact sheet."""
_CAPTION = 22
_BLACK = (0, 0, 0)


def finish(
    output: Path,
    config: BuildChallengeConfig,
    source: Source,
    items: Sequence[Item],
    mixed: Sequence[Mix],
    left_out: int,
) -> None:
    """Writes the table, the contact sheet, the card, and last the record, which says that all is there.

    Args:
        output: directory of the challenge, with all images.
        config: what it was made with.
        source: of the images.
        items: those that are used.
        mixed: the images of the mixed sets.
        left_out: number of images that are not used.

    Raises:
        CommandError: an image cannot be read.
        OSError: the disk refuses.
    """
    write_table(output, items, mixed)
    if config.sheet_rows:
        write_png(output / SHEET, contact_sheet(output, items, mixed, config.sheet_rows))
    counts = Counter(item.class_name for item in items)
    record = {
        "created_by": created_by(),
        "sets": {name: len(items) for name in SETS if name not in MIXED or name in config.mixed_sets},
        "classes": {name: counts[name] for name in source.class_names},
        "left_out": left_out,
        "size": _size(output, items),
        "seed": config.seed,
        "sources": dict(source.described),
        "settings": {name: value for name, value in to_dict(config).items() if name != "output_dir"},
        "licence": source.owner,
    }
    write_atomically(output / CARD, card(record, _command(config), bool(config.sheet_rows)).encode())
    write_json(output / RECORD, record)


def contact_sheet(output: Path, items: Sequence[Item], mixed: Sequence[Mix], rows: int) -> np.ndarray:
    """Images spread evenly over all, a row each, in every set that there is; below, whose background is seen."""
    chosen = [items[i] for i in np.unique(np.linspace(0, len(items) - 1, min(rows, len(items))).round().astype(int))]
    behind = {(mix.set_name, mix.item): mix.behind for mix in mixed}
    there = {mix.set_name for mix in mixed}
    names = [name for name in SETS if name not in MIXED or name in there]
    pictures = [
        [
            square(read_png_in_thread(output / set_file(name, item, behind.get((name, item)))), CELL, "pad", _BLACK)
            for name in names
        ]
        for item in chosen
    ]
    captions = [[_caption(behind.get((name, item))) for name in names] for item in chosen]
    titles = [f"{_short(item.class_name)}\n{_short(item.name)}" for item in chosen]
    return image_grid(np.array(pictures), titles, names, captions=captions)


def _caption(behind: Item | None) -> str:
    return "" if behind is None else f"{_short(behind.class_name)}\n{_short(behind.name)}"


def _short(name: str) -> str:
    plain = ascii(name)[1:-1]
    return plain if len(plain) <= _CAPTION else f"{plain[: _CAPTION - 1]}…"


def _size(output: Path, items: Sequence[Item]) -> int:
    return len(read_png_in_thread(output / set_file("original", items[0])))


def _command(config: BuildChallengeConfig) -> str:
    """The command line that makes the same challenge, with every option that is not its default."""
    values, defaults = option_values(to_dict(config)), default_values(BuildChallengeConfig)
    flags = [f"--{name}={as_text(value)}" for name, value in values.items() if value != defaults[name]]
    return " \\\n    ".join(["python -m cgn_tf build_challenge", *map(shlex.quote, flags)])
