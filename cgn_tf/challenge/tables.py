"""Tables of a challenge: every image with its origins, and the images that were left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cgn_tf.challenge.contract import FG_MASK, OWN, SKIPPED, TABLE, Item
from cgn_tf.challenge.files import kept_file, set_file
from cgn_tf.challenge.mixing import Mix
from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically
from cgn_tf.render.png import read_png_in_thread

HEAD = ("set", "file", "foreground_class", "background_class", "foreground_file", "background_file", "mask_share")
_SKIPPED_HEAD = ("class", "name", "file", "reason")


def write_table(output: Path, items: Sequence[Item], mixed: Sequence[Mix]) -> None:
    """Writes challenge.csv, a row an image of a set.

    Columns: the set; the image's path; the class of the object, which is the right answer, and that of the background,
    empty where it is black; the files that both come from, as the source calls them; and the share of the image that
    the object has, the mean of its opacity in 0..1, of the sets that show it.

    Raises:
        CommandError: a mask cannot be read.
        OSError: the disk refuses.
    """

    def share(item: Item) -> str:
        return f"{float(np.mean(read_png_in_thread(output / kept_file(FG_MASK, item)))) / 255.0:.6f}"

    with ThreadPoolExecutor() as pool:
        shares = dict(zip(items, pool.map(share, items), strict=True))
    own = [Mix(name, item, item) for name in OWN for item in items]
    rows = [
        (
            mix.set_name,
            set_file(*mix),
            mix.item.class_name,
            "" if mix.set_name == "only_fg" else mix.behind.class_name,
            mix.item.file,
            "" if mix.set_name == "only_fg" else mix.behind.file,
            shares[mix.item],
        )
        for mix in (*own, *mixed)
    ]
    write_csv(output / TABLE, HEAD, rows)


def write_skipped(output: Path, items: Sequence[Item], reasons: dict[str, str]) -> None:
    """Writes skipped.csv: the images that were left out, with the reason of each.

    Args:
        output: directory of the challenge.
        items: all images.
        reasons: key of an item → why it is left out.

    Raises:
        OSError: the disk refuses.
    """
    rows = [(one.class_name, one.name, one.file, reasons[one.key]) for one in items if one.key in reasons]
    write_csv(output / SKIPPED, _SKIPPED_HEAD, rows)


def read_skipped(output: Path) -> dict[str, str] | None:
    """Key of each item that was left out → why; None where not all images have been looked at.

    Raises:
        CommandError: the file holds something else.
    """
    path = output / SKIPPED
    if not path.exists():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True))
        return {f"{row['class']}/{row['name']}": row["reason"] for row in rows}
    except (KeyError, ValueError, csv.Error) as error:
        raise CommandError(
            f"{path}: expected the table of what was left out, got something else; remove it."
        ) from error


def write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Writes a table, whole or not at all; lines end with a line feed.

    Raises:
        OSError: the disk refuses.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode("utf-8", "surrogateescape"))
