"""Image files decoded into memory, once, by several threads."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.datasets.images.square import square
from cgn_tf.errors import CommandError
from cgn_tf.files.image_file import FORMATS, ImageFileError, check_head, decode_in_thread, ignoring_exif_warnings
from cgn_tf.render.image_progress import ImageProgress

_TOGETHER = 256
"""Files that are handed to the threads at once."""
_SHOWN_FROM = 2_000
"""Images whose reading takes long enough to be shown."""
_NAMED = 3
_OVERSAMPLING = 2
"""How much larger than needed an image is at least decoded, so that resizing has something to average."""


class Encoded(NamedTuple):
    """An image that is not decoded yet.

    Attributes:
        name: for errors.
        read: its file's content; an OSError where it cannot be read.
    """

    name: str
    read: Callable[[], bytes]


class Decoded(NamedTuple):
    """Images in memory.

    Attributes:
        images: uint8 [N, S, S, 3].
        kept: bool, for each of the files whether it is among them.
    """

    images: np.ndarray
    kept: np.ndarray


def read_squares(
    encoded: Iterable[Encoded], count: int, options: ImageOptions, place: str, others: Iterable[str] = ()
) -> Decoded:
    """Decodes images, and brings each to a square; see `square`.

    Args:
        encoded: the images.
        count: how many they are.
        options: size, and what becomes of files that are no images.
        place: names the data in errors: a directory.
        others: what is wrong with further files, which count as bad ones: "notes.txt (no image)".

    Raises:
        CommandError: the images do not fit into memory, or files cannot be read as images and are not to be skipped.
    """
    _check_memory(count, options.image_size, place)
    images = np.zeros((count, options.image_size, options.image_size, 3), np.uint8)
    kept = np.zeros(count, bool)
    bad = list(others)

    def decode(index: int, one: Encoded) -> str | None:
        def keep(data: bytes) -> None:
            smallest = _OVERSAMPLING * options.image_size
            image = decode_in_thread(data, *FORMATS, behind=options.alpha_colour, smallest_side=smallest)
            images[index] = square(image, options.image_size, options.fit, options.alpha_colour)
            kept[index] = True

        return _problem(one, keep)

    with contextlib.ExitStack() as stack:
        stack.enter_context(ignoring_exif_warnings())
        pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count()))
        shown = None
        if count >= _SHOWN_FROM:
            print(f"{place}: reading {count:,} images.", file=sys.stderr, flush=True)
            shown = stack.enter_context(ImageProgress(count, 0))
        numbered = enumerate(encoded)
        while chunk := list(itertools.islice(numbered, _TOGETHER)):
            bad += filter(None, pool.map(decode, *zip(*chunk, strict=True)))
            if shown is not None:
                shown.advance(len(chunk))
    _report(bad, options, place)
    return Decoded(images if kept.all() else images[kept], kept)


def without_head(encoded: Iterable[Encoded]) -> list[str]:
    """What is wrong with files that have no head of an image, "cat/notes.txt (…)"; whole ones it does not look for.

    Files that are read later are so refused before hours of training.
    """

    def problem(one: Encoded) -> str | None:
        return _problem(one, lambda data: check_head(data, *FORMATS))

    with ignoring_exif_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        return [found for found in pool.map(problem, encoded) if found]


def _problem(one: Encoded, use: Callable[[bytes], None]) -> str | None:
    """What is wrong with a file, for whoever `use`s its content; None: nothing."""
    try:
        use(one.read())
    except OSError as error:
        return f"{one.name} (it cannot be read: {error.strerror})"
    except ImageFileError as error:
        return f"{one.name} ({error})"
    return None


def _report(bad: list[str], options: ImageOptions, place: str) -> None:
    """Refuses files that are no images, or warns of them."""
    if not bad:
        return
    more = f" and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    files, them = (f"{len(bad):,} files are no images", "them") if len(bad) > 1 else ("a file is no image", "it")
    found = f"{place}: {files} that can be used: {', '.join(bad[:_NAMED])}{more}"
    if options.bad_images == "refuse":
        raise CommandError(f"{found}; remove or replace {them}, or set `bad_images=skip` to go on without.")
    warnings.warn(f"{found}; skipped.", stacklevel=2)


def _check_memory(count: int, size: int, place: str) -> None:
    """Holds the images to fit into memory twice: TensorFlow makes a copy of its own."""
    needed, available = 2 * count * size * size * 3, _available_memory()
    if needed > available:
        raise CommandError(
            f"{place}: expected images that fit into memory, got {count:,} of {size} pixels, which need "
            f"{needed / 1e9:.1f} GB, and there are {available / 1e9:.1f} GB; take fewer images, or a smaller "
            "`image_size`."
        )


def _available_memory() -> int:
    """Bytes of this machine that no process has, as far as the system tells."""
    pages = "SC_AVPHYS_PAGES"
    with contextlib.suppress(OSError, ValueError), open("/proc/meminfo", encoding="ascii") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf(pages)
