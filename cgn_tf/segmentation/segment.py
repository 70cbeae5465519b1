"""The command `segment`: masks and cut-outs of photographs, with figures and a contact sheet."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgn_tf.checkpoints.pretrained import weight_files
from cgn_tf.errors import CommandError
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.contents import FileTree, contents
from cgn_tf.files.image_file import FORMATS, ImageFileError, check_head, decode_in_thread, ignoring_exif_warnings
from cgn_tf.files.json_file import write_json
from cgn_tf.files.lock import Lock
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from cgn_tf.render.grid import image_grid
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.render.png import write_png
from cgn_tf.segmentation.config import MUTABLE, SOFT, SegmentConfig
from cgn_tf.segmentation.outputs import OutputFiles, figures, mask_pixels, sheet_row
from cgn_tf.segmentation.photographs import Photographs, find_photographs
from cgn_tf.segmentation.segmenter import Segmenter

_NAMED = 5
_TITLE_WIDTH = 24


class SegmentError(CommandError):
    """An output directory that cannot be had, or a photograph that cannot be read."""


class _Item(NamedTuple):
    """One photograph: its place, its name, and its files."""

    path: Path
    name: str
    files: OutputFiles

    def pixels(self) -> np.ndarray:
        """uint8 [H, W, 3], within a block of `ignoring_exif_warnings`; ImageFileError where it is none."""
        try:
            return decode_in_thread(self.path.read_bytes(), *FORMATS)
        except OSError as error:
            raise ImageFileError(f"a file that cannot be read ({error.strerror})") from error

    def problem(self) -> str | None:
        """What is wrong with the start of the file; None: nothing."""
        try:
            check_head(self.path.read_bytes(), *FORMATS)
        except OSError as error:
            return f"a file that cannot be read ({error.strerror})"
        except ImageFileError as error:
            return str(error)
        return None


def segment(config: SegmentConfig) -> None:
    """Makes the masks that are not there yet, then figures and contact sheet of all, and prints what was made.

    Raises:
        CommandError: no photographs, one that cannot be read and is not to be skipped, no or wrong weights, or an
            output directory of something else or that cannot be written.
    """
    found = find_photographs(config.images, config.output_dir)
    output = Path(config.output_dir)
    items = [
        _Item(found.root / name, name, OutputFiles.of(output, one))
        for name, one in zip(found.names, found.outputs, strict=True)
    ]
    bad = _bad_starts(items, config)
    segmenter = Segmenter(
        config.masker_weights,
        masker_size=config.masker_size,
        masker_normalisation=config.masker_normalisation,
        masker_align_corners=config.masker_align_corners,
        rescale=config.rescale,
        batch_size=config.batch_size,
    )
    try:
        with _bound(output, config, found), ThreadPoolExecutor() as pool:
            with ignoring_exif_warnings():
                bad |= _make([item for item in items if item.name not in bad], segmenter, config, pool)
                made = [item for item in items if item.name not in bad]
                if not made:
                    raise SegmentError(
                        f"{config.images}: expected photographs, got {_listed(_told(bad))}; give others."
                    )
                if config.sheet_rows:
                    write_png(output / "sheet.png", _sheet(made, config.sheet_rows))
            _report(output, made, bad, config, pool)
    except OSError as error:
        reason = error.strerror or error
        raise SegmentError(f"{output}: cannot be written ({reason}); check space and permissions.") from error


def _bad_starts(items: Sequence[_Item], config: SegmentConfig) -> dict[str, str]:
    """Name of each file that does not begin as an image does → what it is; an error where none may be skipped."""
    with ignoring_exif_warnings(), ThreadPoolExecutor() as pool:
        problems = zip(items, pool.map(_Item.problem, items), strict=True)
        bad = {item.name: problem for item, problem in problems if problem is not None}
    _refuse(bad, config)
    return bad


def _refuse(bad: dict[str, str], config: SegmentConfig) -> None:
    if bad and config.bad_images == "refuse":
        raise SegmentError(
            f"{config.images}: expected photographs, got {_listed(_told(bad))}; remove or replace "
            f"{'them' if len(bad) > 1 else 'it'}, or set `bad_images=skip` to go on without."
        )


def _bound(output: Path, config: SegmentConfig, found: Photographs) -> Lock:
    """Makes the directory that of the configuration, photographs and weights included; the lock on it."""
    described = {name: value for name, value in to_dict(config).items() if name != "output_dir"}
    read: dict[str, Sequence[Path] | FileTree] = {
        "images": FileTree(found.root, found.names, all_readable=False),
        "masker_weights": weight_files(config.masker_weights),
    }
    binding = ConfigBinding(output / "config.json", "masks", "`output_dir`", SegmentError)
    return binding.hold({**described, **contents(read)}, MUTABLE, default_values(SegmentConfig))


def _make(
    items: Sequence[_Item], segmenter: Segmenter, config: SegmentConfig, pool: ThreadPoolExecutor
) -> dict[str, str]:
    """Makes the files that are not there; name of each photograph that cannot be read → what it is."""
    to_make = [item for item in items if not item.files.exist()]
    threshold = None if config.threshold == SOFT else config.threshold
    bad: dict[str, str] = {}
    if not to_make:
        return bad
    with ImageProgress(len(items), len(items) - len(to_make)) as progress:
        for chunk in _decoded_ahead(to_make, config.batch_size, pool):
            read = [(item, pixels) for item, pixels in chunk if not isinstance(pixels, ImageFileError)]
            unread = {item.name: str(error) for item, error in chunk if isinstance(error, ImageFileError)}
            masks = segmenter.masks([pixels for _, pixels in read])
            pixels = [mask_pixels(mask, threshold) for mask in masks]
            list(pool.map(lambda one, mask: one[0].files.write(one[1], mask), read, pixels))
            _refuse(unread, config)
            bad |= unread
            progress.leave_out(len(unread))
            progress.advance(len(read))
    return bad


def _decoded_ahead(
    items: Sequence[_Item], together: int, pool: ThreadPoolExecutor
) -> Iterator[list[tuple[_Item, np.ndarray | ImageFileError]]]:
    """Photographs with their pixels, or with what is wrong with them; the next ones are decoded meanwhile."""

    def begun(start: int) -> list[tuple[_Item, Future[np.ndarray]]]:
        return [(item, pool.submit(item.pixels)) for item in items[start : start + together]]

    following = begun(0)
    for start in range(together, len(items) + together, together):
        current, following = following, begun(start)
        yield [(item, _result(future)) for item, future in current]


def _result(future: Future[np.ndarray]) -> np.ndarray | ImageFileError:
    try:
        return future.result()
    except ImageFileError as error:
        return error


def _report(
    output: Path, items: Sequence[_Item], bad: dict[str, str], config: SegmentConfig, pool: ThreadPoolExecutor
) -> None:
    """Writes masks.json, prints what was made, and warns of what was not found or read."""
    with ignoring_exif_warnings():
        said = list(pool.map(lambda item: figures(item.files.read_mask(), config.decides_at), items))
    entries: list[dict[str, Any]] = [
        {
            "file": item.name,
            "mask": item.files.mask.relative_to(output).as_posix(),
            "cutout": item.files.cutout.relative_to(output).as_posix(),
            **figure,
        }
        for item, figure in zip(items, said, strict=True)
    ]
    write_json(output / "masks.json", {"threshold": config.decides_at, "images": entries, "skipped": bad})
    print(
        f"{output}: masks and cut-outs of {len(items):,} photographs, {np.mean([one['mean'] for one in entries]):.1%} "
        "of a photograph on average; masks.json has the figures of each."
    )
    if bad:
        warnings.warn(f"{config.images}: {_listed(_told(bad))}; skipped.", stacklevel=2)
    empty = [str(one["file"]) for one in entries if one["box"] is None]
    if empty:
        warnings.warn(
            f"{config.images}: nothing was found in {len(empty):,} of {len(items):,} photographs, whose masks stay "
            f"below {config.decides_at:g}: {_listed(empty)}.",
            stacklevel=2,
        )


def _sheet(items: Sequence[_Item], rows: int) -> np.ndarray:
    """The contact sheet of photographs that are spread evenly over all."""
    chosen = [items[i] for i in np.unique(np.linspace(0, len(items) - 1, min(rows, len(items))).round().astype(int))]
    pictures = np.stack([sheet_row(item.pixels(), item.files.read_mask()) for item in chosen])
    titles = ["\n".join(textwrap.wrap(ascii(item.name)[1:-1], _TITLE_WIDTH)) for item in chosen]
    return image_grid(pictures, titles, ("photograph", "mask", "cut-out"))


def _told(bad: dict[str, str]) -> Iterable[str]:
    return (f"{name} ({problem})" for name, problem in bad.items())


def _listed(texts: Iterable[str]) -> str:
    found = list(texts)
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return f"{', '.join(found[:_NAMED])}{more}"
