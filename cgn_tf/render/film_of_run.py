"""The sample grids of a training run as a film."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.command_paths import check_path
from cgn_tf.files.listing import names_in
from cgn_tf.options.paths import PathUse
from cgn_tf.render.film import encode_film, shrunk, titled
from cgn_tf.render.film_config import FilmConfig
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.render.png import read_png


def make_film(config: FilmConfig) -> tuple[int, int]:
    """Writes the film of a run to `config.target`.

    Returns:
        The number of frames, and the size in bytes.

    Raises:
        CommandError: no run, fewer than two sample grids, sample grids that cannot be read or have different sizes, or
            a place that cannot be written.
    """
    shown = _chosen(find_sample_grids(Path(config.workdir), config.sample_grid), config.every)
    target = config.target
    check_path("output", PathUse.WRITE_FILE, target)  # before the work, also where it is in the run's directory
    with ImageProgress(len(shown), 0) as progress:
        encoded = encode_film(
            _frames(shown, config.max_width, progress),
            config.kind,
            config.frame_ms,
            config.last_frame_ms,
            config.quality,
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, encoded)
    except OSError as error:
        raise CommandError(f"{target}: cannot be written ({error.strerror}); choose another `output`.") from error
    return len(shown), len(encoded)


def find_sample_grids(workdir: Path, name: str) -> dict[int, Path]:
    """The sample grids `name` of a run by their step, in the order of steps; two at least.

    Raises:
        CommandError: no run, or fewer sample grids.
    """
    if not (workdir / "config.json").is_file():
        raise CommandError(f"{workdir}: expected the directory of a run, got none; give `workdir` of tools/train.py.")
    form = re.compile(re.escape(name) + r"_step_(\d+)\.png")
    folder = workdir / "sample_grids"
    steps = {int(match[1]): folder / match[0] for match in map(form.fullmatch, names_in(folder)) if match}
    if len(steps) < 2:
        raise CommandError(
            f"{folder}: expected two or more sample grids {name}_step_*.png for a film, got {len(steps)}; "
            "train on, or train with a smaller `sample_grid_every`."
        )
    return dict(sorted(steps.items()))


def _chosen(sample_grids: Mapping[int, Path], every: int) -> dict[int, Path]:
    """Each `every`-th, beginning with the first, and the last."""
    steps = list(sample_grids)
    return {step: sample_grids[step] for step in dict.fromkeys((*steps[::every], steps[-1]))}


def _frames(sample_grids: Mapping[int, Path], max_width: int, progress: ImageProgress) -> Iterator[np.ndarray]:
    first: tuple[Path, tuple[int, ...]] | None = None
    for i, (step, path) in enumerate(sample_grids.items(), start=1):
        sample_grid = read_png(path)
        first = first or (path, sample_grid.shape)
        if sample_grid.shape != first[1]:
            raise CommandError(
                f"{path}: expected {_size(first[1])} pixels as in {first[0].name}, got {_size(sample_grid.shape)}; "
                "remove the sample grids of one size."
            )
        yield titled(shrunk(sample_grid, max_width), f"step {step:,}")
        progress.advance(1)
        if i == len(sample_grids):
            print(f"encoding {i} frames; this takes up to some seconds a frame.", flush=True)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} × {shape[0]}"
