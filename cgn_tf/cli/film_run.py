"""What the film command does once its command line is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from cgn_tf.cli.image_progress import ImageProgress
from cgn_tf.config.film import FilmConfig
from cgn_tf.durable import write_atomically
from cgn_tf.errors import CommandError
from cgn_tf.render.film import encode_film, shrunk, titled


def film(config: FilmConfig) -> None:
    """Writes the film to `config.target`.

    Raises:
        CommandError: no run, fewer than two sheets, sheets that cannot be read or have different sizes, or a place
            that cannot be written.
    """
    shown = _chosen(find_sheets(Path(config.workdir), config.sheet), config.every)
    with ImageProgress(len(shown), 0) as progress:
        encoded = encode_film(
            _frames(shown, config.max_width, progress),
            config.kind,
            config.frame_ms,
            config.last_frame_ms,
            config.quality,
        )
    target = config.target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, encoded)
    except OSError as error:
        raise CommandError(f"{target}: cannot be written ({error.strerror}); choose another --output.") from error
    print(f"{target}: {len(shown)} frames, {len(encoded) / 1e6:.1f} MB.")


def find_sheets(workdir: Path, name: str) -> dict[int, Path]:
    """The sheets `name` of a run by their step, in the order of steps; two at least.

    Raises:
        CommandError: no run, or fewer sheets.
    """
    if not (workdir / "config.json").is_file():
        raise CommandError(f"{workdir}: expected the directory of a run, got none; give --workdir of tools/train.py.")
    form = re.compile(re.escape(name) + r"_step_(\d+)\.png")
    folder = workdir / "sheets"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    steps = {int(match[1]): folder / match[0] for match in map(form.fullmatch, names) if match}
    if len(steps) < 2:
        raise CommandError(
            f"{folder}: expected two or more sheets {name}_step_*.png for a film, got {len(steps)}; "
            "train on, or train with a smaller --sheet_every."
        )
    return dict(sorted(steps.items()))


def _chosen(sheets: Mapping[int, Path], every: int) -> dict[int, Path]:
    """Each `every`-th, beginning with the first, and the last."""
    steps = list(sheets)
    return {step: sheets[step] for step in dict.fromkeys((*steps[::every], steps[-1]))}


def _frames(sheets: Mapping[int, Path], max_width: int, progress: ImageProgress) -> Iterator[np.ndarray]:
    first: tuple[Path, tuple[int, ...]] | None = None
    for i, (step, path) in enumerate(sheets.items(), start=1):
        try:
            with Image.open(path) as file:
                sheet = np.array(file.convert("RGB"))
        except OSError as error:  # Pillow's own for what is no image, too
            raise CommandError(f"{path}: expected a PNG, got other content ({error}); remove the file.") from error
        first = first or (path, sheet.shape)
        if sheet.shape != first[1]:
            raise CommandError(
                f"{path}: expected {_size(first[1])} pixels as in {first[0].name}, got {_size(sheet.shape)}; "
                "remove the sheets of one size."
            )
        yield titled(shrunk(sheet, max_width), f"step {step:,}")
        progress.advance(1)
        if i == len(sheets):
            print(f"encoding {i} frames; this takes up to some seconds a frame.", flush=True)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} × {shape[0]}"
