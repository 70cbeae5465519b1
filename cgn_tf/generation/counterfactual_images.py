"""Data sets of counterfactuals, as the generate command leaves them, read into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.trained_on import TrainedOn
from cgn_tf.errors import CommandError
from cgn_tf.files.contents import CONTENTS
from cgn_tf.files.json_file import read_json
from cgn_tf.generation.config import MODEL_CLASS_NAMES, MODEL_DATASET
from cgn_tf.generation.record_files import IMAGE, DamagedRecordsError, FilePlan, read_records
from cgn_tf.generation.tfds_metadata import LAST
from cgn_tf.types import Triplet

_DETERMINING = (
    "num_images", "seed", "model_sha256", "truncation", "texture_noise", "mode", "classes", "images_per_mask",
    "shapes_per_batch",
)  # fmt: skip
_AGAIN = "make it again with tools/generate.py"


class CounterfactualImages(NamedTuple):
    """Images, uint8 [N, S, S, 3], and their labels, int32 [N] each."""

    images: np.ndarray
    labels: Triplet[np.ndarray]


class CounterfactualFiles:
    """The finished data sets of some directories, one after the other.

    Args:
        directories: of the data sets.
        image_size: S, height and width that the images are to have.
        num_classes: labels are to be in [0, num_classes).

    Attributes:
        origins: of each directory everything that determines its images, by name: their number, the seed, the SHA-256
            of the CGN's weights and so on; None where the data set does not say.
        trained_on: of each directory the data set that its CGN was trained on; None where that is not known.

    Raises:
        CommandError: a directory is missing, is none of a data set, or is incomplete; or two hold the same images.
    """

    def __init__(self, directories: Sequence[str | Path], *, image_size: int, num_classes: int) -> None:
        self._shape = (image_size, image_size, 3)
        self._num_classes = num_classes
        self.directories = [Path(directory) for directory in directories]
        configs = [_config(directory) for directory in self.directories]
        self._plans = [_plan(directory, config) for directory, config in zip(self.directories, configs, strict=True)]
        self.origins = [_origin(config) for config in configs]
        self.trained_on = [_trained_on(config) for config in configs]
        self._refuse_copies()

    def __len__(self) -> int:
        """Images in all."""
        return sum(plan.num_images for plan in self._plans)

    def read(self, limit: int = 0, advance: Callable[[int], None] | None = None) -> CounterfactualImages:
        """Reads and decodes the images, the first `limit` of them (0: all).

        Args:
            limit: number of images, at most all.
            advance: is told how many more images are there.

        Raises:
            CommandError: a file is missing or damaged, its images are of another size, its labels of other classes, or
                there are fewer than `limit`.
        """
        if limit > len(self):
            raise CommandError(
                f"{', '.join(map(str, self.directories))}: expected at least {limit} images, got {len(self)}; make "
                "more, or ask for fewer."
            )
        total = limit or len(self)
        images = np.empty((total, *self._shape), np.uint8)
        labels = Triplet(*(np.empty(total, np.int32) for _ in Triplet._fields))
        done = 0
        for path, length in self._files():
            if done == total:
                break
            decoded, own = _read_file(path, length, self._shape, self._num_classes)
            rows = slice(done, min(done + length, total))
            count = rows.stop - rows.start
            images[rows] = decoded[:count]
            for factor, values in zip(labels, own, strict=True):
                factor[rows] = values[:count]
            done = rows.stop
            if advance is not None:
                advance(count)
        return CounterfactualImages(images, labels)

    def _refuse_copies(self) -> None:
        """Holds the directories to be of different draws: those of fewer images are the first ones of more."""
        seen: list[tuple[dict[str, Any], Path]] = []
        for directory, origin in zip(self.directories, self.origins, strict=True):
            draws = {name: value for name, value in origin.items() if name != "num_images"}
            twin = next((other for known, other in seen if known == draws and draws["model_sha256"]), None)
            if twin is not None:
                raise CommandError(
                    f"{twin} and {directory}: expected different images, got the same (seed {origin['seed']} of one "
                    "model, drawn alike); give one of them, or make the other with another `seed`."
                )
            seen.append((draws, directory))

    def _files(self) -> Iterator[tuple[Path, int]]:
        for directory, plan in zip(self.directories, self._plans, strict=True):
            for file in range(plan.num_files):
                yield directory / plan.name(file), plan.length(file)


def _trained_on(config: Mapping[str, Any]) -> TrainedOn | None:
    dataset = config.get(MODEL_DATASET)
    return None if dataset is None else TrainedOn(dataset, tuple(config.get(MODEL_CLASS_NAMES, ())))


def _origin(config: Mapping[str, Any]) -> dict[str, Any]:
    """What determines the images and labels of a data set, and nothing else that its configuration states."""
    origin = {name: config.get(name) for name in _DETERMINING}
    if config.get("mode") == "fixed_classes":  # whose names mean what the file of names says
        held = config.get(CONTENTS)
        origin["class_names"] = held.get("class_names_sha256") if isinstance(held, Mapping) else None
    return origin


def _config(directory: Path) -> dict[str, Any]:
    path = directory / "config.json"
    if not path.is_file():
        state = (
            "a directory without config.json" if directory.is_dir() else "a file" if directory.exists() else "nothing"
        )
        raise CommandError(f"{directory}: expected a data set that tools/generate.py wrote, got {state}.")
    try:
        config = read_json(path)
    except ValueError as error:
        raise CommandError(
            f"{path}: expected the JSON of a data set, got other content ({error}); {_AGAIN}."
        ) from error
    if not isinstance(config, dict):
        raise CommandError(f"{path}: expected a JSON object, got {type(config).__name__}; {_AGAIN}.")
    return config


def is_complete(directory: Path) -> bool:
    """Whether there is a data set with all its files.

    Raises:
        CommandError: its configuration cannot be read, or is none.
    """
    if not (directory / "config.json").exists():
        return False
    return not _missing(directory, _sizes(directory, _config(directory)))


def _plan(directory: Path, config: dict[str, Any]) -> FilePlan:
    plan = _sizes(directory, config)
    missing = _missing(directory, plan)
    if missing:
        raise CommandError(
            f"{directory}: incomplete; {missing[0]} is missing{' among others' if missing[1:] else ''}; give "
            "tools/generate.py the same command again, which makes what is missing."
        )
    return plan


def _missing(directory: Path, plan: FilePlan) -> list[str]:
    return [name for name in (*map(plan.name, range(plan.num_files)), LAST) if not (directory / name).is_file()]


def _sizes(directory: Path, config: dict[str, Any]) -> FilePlan:
    names = ("num_images", "shapes_per_batch", "images_per_mask", "batches_per_file")
    sizes = [size for name in names if type(size := config.get(name)) is int and size > 0]
    if len(sizes) < len(names):
        raise CommandError(
            f"{directory}: expected a data set that tools/generate.py wrote, got config.json of another."
        )
    images, shapes, images_per_mask, batches = sizes
    return FilePlan(images, shapes * images_per_mask, batches)


def _read_file(
    path: Path, length: int, expected: tuple[int, ...], num_classes: int
) -> tuple[np.ndarray, Triplet[np.ndarray]]:
    """All images of a file, uint8 [n, S, S, 3], and their labels, int64 [n] each."""
    try:
        records = list(read_records(path, length))
    except DamagedRecordsError as error:  # which speaks to the command that writes such files
        raise CommandError(f"{path}: damaged, or not of {length} images; remove it, and {_AGAIN}.") from error
    pngs = np.concatenate([part.parts[IMAGE] for part in records])
    labels = Triplet(*(np.concatenate(factor) for factor in zip(*(part.labels for part in records), strict=True)))
    if any(factor.min() < 0 or factor.max() >= num_classes for factor in labels):
        raise CommandError(
            f"{path}: expected labels in [0, {num_classes}), got others: these are counterfactuals of other classes."
        )
    try:
        shape = tuple(tf.io.decode_png(pngs[0]).shape)
        if shape != expected:
            raise CommandError(
                f"{path}: expected images of {list(expected)}, as those of the data set, got {list(shape)}; give "
                "counterfactuals of a CGN that was trained on images of this size."
            )
        return _decoded(pngs, expected), labels
    except tf.errors.OpError as error:
        cause = str(error).splitlines()[0][:100]
        raise CommandError(f"{path}: an image is damaged ({cause}); remove the file, and {_AGAIN}.") from error


def _decoded(pngs: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """PNGs, bytes [n] → uint8 [n, S, S, 3], on all cores."""
    with tf.device("CPU:0"):
        images = tf.data.Dataset.from_tensor_slices(pngs).map(
            lambda png: tf.ensure_shape(tf.io.decode_png(png), shape),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        decoded: np.ndarray = next(images.batch(len(pngs)).as_numpy_iterator())
    return decoded
