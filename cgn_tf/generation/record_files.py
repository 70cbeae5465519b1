"""Counterfactuals as TFRecord files that TFDS reads: which images are in which file, written and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import tensorflow as tf

from cgn_tf.errors import CommandError, without_place
from cgn_tf.files.exclusive_file import ExclusiveFile
from cgn_tf.types import LABEL_NAMES, Triplet

DATASET, SPLIT = "counterfactuals", "train"
IMAGE = "image"

_PNG_COMPRESSION = 1
"""Takes 0.04 ms an image on one core; level 9 saves 2 to 9 % of the bytes for up to four times that."""
_READ_TOGETHER = 100


class DamagedRecordsError(CommandError):
    """A file of records is damaged, or not what was written: it has to be made again."""


class FilePlan(NamedTuple):
    """How images are divided among batches and files: a file has whole batches, but for the very last one."""

    num_images: int
    batch_size: int
    batches_per_file: int

    @property
    def num_files(self) -> int:
        """Files in all."""
        return -(-self.num_images // (self.batch_size * self.batches_per_file))

    def name(self, file: int) -> str:
        """The name that TFDS gives to file `file`, from 0 on."""
        return f"{DATASET}-{SPLIT}.tfrecord-{file:05d}-of-{self.num_files:05d}"

    def length(self, file: int) -> int:
        """Images in a file."""
        return sum(self.batch_length(batch) for batch in self.batches(file))

    def batches(self, file: int) -> range:
        """Indices of the batches of a file."""
        first = file * self.batches_per_file
        return range(first, min(first + self.batches_per_file, -(-self.num_images // self.batch_size)))

    def batch_length(self, batch: int) -> int:
        """Images that are used of a batch: the last one is made whole and cut."""
        return min(self.batch_size, self.num_images - batch * self.batch_size)


class RecordFile:
    """A TFRecord file in the making; without `complete` nothing is left of it at the end of the `with` block."""

    def __init__(self, file: ExclusiveFile, parts: Sequence[str]) -> None:
        self._file = file
        self._writer = tf.io.TFRecordWriter(str(file.partial))
        # one message that is filled anew for each image: ten times as fast as one message for each
        self._example = tf.train.Example()
        features = self._example.features.feature
        self._parts = {name: features[name].bytes_list.value for name in parts}
        for value in self._parts.values():
            value.append(b"")
        self._labels = [features[name].int64_list.value for name in LABEL_NAMES]
        for values in self._labels:
            values.append(0)

    @classmethod
    def begin(cls, path: Path, parts: Sequence[str] = (IMAGE,)) -> RecordFile | None:
        """Begins the file `path`; None where it is there already, or in the making by another process."""
        file = ExclusiveFile.begin(path)
        return None if file is None else cls(file, parts)

    def write(self, parts: Mapping[str, Any], labels: Triplet[Any]) -> None:
        """Appends the parts that it began with, uint8 [B, H, W, 3 or 1] each, with their labels, int [B] each."""
        with tf.device("CPU:0"):
            encoded = [tf.io.encode_png(parts[name], compression=_PNG_COMPRESSION).numpy() for name in self._parts]
        columns = [np.asarray(factor).tolist() for factor in labels]
        for pngs, values in zip(zip(*encoded, strict=True), zip(*columns, strict=True), strict=True):
            for feature, png in zip(self._parts.values(), pngs, strict=True):
                feature[0] = png
            for feature, value in zip(self._labels, values, strict=True):
                feature[0] = value
            # protobuf promises no order of a map's entries unless asked
            self._writer.write(self._example.SerializeToString(deterministic=True))

    def complete(self) -> None:
        """Ends the file and gives it its name, once the disk has it."""
        self._writer.close()
        self._file.complete()

    def give_up(self) -> None:
        """Removes what there is of it; without effect once it is complete."""
        self._writer.close()
        self._file.give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_up()


class Records(NamedTuple):
    """Some consecutive records: PNGs by part (bytes [B]) and labels, int64 [B] each."""

    parts: Mapping[str, np.ndarray]
    labels: Triplet[np.ndarray]


def read_records(path: Path, count: int, parts: Sequence[str] = (IMAGE,)) -> Iterator[Records]:
    """The records of a file in order, up to 100 at once; every checksum is verified.

    Raises:
        DamagedRecordsError: damaged, of another kind, or other than `count` records.
        CommandError: it cannot be read, which says nothing of its content.
    """
    features = {name: tf.io.FixedLenFeature((), tf.string) for name in parts}
    features |= {name: tf.io.FixedLenFeature((), tf.int64) for name in LABEL_NAMES}
    batches = tf.data.TFRecordDataset(str(path)).batch(_READ_TOGETHER)
    found = 0
    try:
        for batch in batches.map(lambda records: tf.io.parse_example(records, features)).as_numpy_iterator():
            labels = Triplet(*(batch[name] for name in LABEL_NAMES))
            yield Records({name: batch[name] for name in parts}, labels)
            found += len(labels.shape)
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
        raise DamagedRecordsError(
            f"{path}: damaged ({without_place(str(error))[:100]}); remove it and give the same command again."
        ) from error
    except (tf.errors.OpError, OSError) as error:
        raise CommandError(f"{path}: cannot be read ({without_place(str(error))[:200]}).") from error
    if found != count:
        raise DamagedRecordsError(
            f"{path}: damaged; expected {count} records, got {found}; remove it and give the same command again."
        )
