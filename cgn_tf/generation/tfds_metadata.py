"""The files by which TFDS reads a directory of records."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cgn_tf.generation.record_files import DATASET, IMAGE, SPLIT
from cgn_tf.types import LABEL_NAMES

VERSION = "1.0.0"
"""Of the records' layout, as TFDS counts."""
LAST = "dataset_info.json"
"""Without this file TFDS sees no data set; so it is written last."""


def tfds_metadata(
    class_names: Sequence[str],
    parts: Mapping[str, tuple[int, ...]],
    lengths: Sequence[int],
    num_bytes: int,
    description: str,
) -> dict[str, bytes]:
    """Name and content of each file, `LAST` at the end; a function of the arguments.

    Args:
        class_names: of all three labels.
        parts: shape of the image, and of the parts that are written besides, by name.
        lengths: records in each file.
        num_bytes: of all files.
        description: of the data set.
    """
    import tensorflow_datasets as tfds  # late: it takes a second, and only the end of a data set needs it

    features: dict[str, Any] = {
        name: tfds.features.Image(shape=shape, dtype=np.uint8, encoding_format="png") for name, shape in parts.items()
    }
    features |= {name: tfds.features.ClassLabel(names=list(class_names)) for name in LABEL_NAMES}
    with tempfile.TemporaryDirectory() as directory:
        # Of the data files TFDS looks at a name only, since the lengths are given.
        names = tfds.core.ShardedFileTemplate(
            data_dir=directory, dataset_name=DATASET, split=SPLIT, filetype_suffix="tfrecord"
        ).sharded_filepaths(len(lengths))
        Path(names[0]).touch()
        tfds.folder_dataset.write_metadata(
            data_dir=directory,
            features=features,
            split_infos=[tfds.core.SplitInfo(name=SPLIT, shard_lengths=list(lengths), num_bytes=num_bytes)],
            version=VERSION,
            check_data=False,
            description=description,
            supervised_keys=(IMAGE, LABEL_NAMES.shape),
        )
        Path(names[0]).unlink()
        written = {path.name: path.read_bytes() for path in sorted(Path(directory).iterdir())}
    return {name: written[name] for name in sorted(written, key=lambda name: (name == LAST, name))}
