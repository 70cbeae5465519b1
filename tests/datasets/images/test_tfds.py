"""Images and labels of a data set of TFDS, which is made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.contract import MissingSplitError
from cgn_tf.datasets.images import tfds as tfds_module
from cgn_tf.datasets.images.name_split import name_split
from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.contents import contents
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import from_dict, to_dict
from cgn_tf.options.help_text import help_text

# TFDS and what it imports warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("default")

NAMES = ["cat", "dog", "ship"]
Write = Callable[..., Path]


def picture(split: str, index: int) -> np.ndarray:
    """An image of one colour, which tells its place."""
    return np.full((32, 32, 3), (index, 255 - index, 100 if split == "train" else 200), np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes small_pets 1.0.0, whose image i of a split has label i mod 3; returns the directory of TFDS."""
    tfds = pytest.importorskip("tensorflow_datasets")

    def written(splits: dict[str, int], label: Any = None) -> Path:
        features = tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "label": label or tfds.features.ClassLabel(names=NAMES),
            }
        )
        place = tmp_path / "tfds" / "small_pets" / "1.0.0"
        place.mkdir(parents=True)
        for split, count in splits.items():
            with tf.io.TFRecordWriter(str(place / f"small_pets-{split}.tfrecord-00000-of-00001")) as writer:
                for index in range(count):
                    example = {"image": picture(split, index), "label": index % 3}
                    writer.write(features.serialize_example(features.encode_example(example)))
        tfds.folder_dataset.write_metadata(
            data_dir=str(place),
            features=features,
            split_infos=[
                tfds.core.SplitInfo(name=split, shard_lengths=[count], num_bytes=1) for split, count in splits.items()
            ],
            version="1.0.0",
            check_data=False,
        )
        return tmp_path / "tfds"

    return written


def config(data_dir: Path, **options: str) -> DataConfig:
    flags = ["--dataset=tfds:small_pets", f"--data_dir={data_dir}", *(f"--{name}={v}" for name, v in options.items())]
    return parse(DataConfig, flags)


def places(data: Any) -> list[int]:
    (batch,) = data.ordered(1_000)
    return np.rint((batch.image[:, 0, 0, 0].numpy() + 1) * 127.5).astype(int).tolist()


def test_splits_that_tfds_has_are_read_as_they_are(write: Write) -> None:
    found = config(write({"train": 9, "validation": 4, "test": 5}))
    assert (found.num_classes, found.image_size, found.class_names) == (3, 32, ("cat", "dog", "ship"))
    for split, count in (("train", 9), ("validation", 4), ("test", 5)):
        data = found.open(split, 0)
        assert places(data) == list(range(count))
        (batch,) = data.ordered(10)
        assert batch.labels.background.numpy().tolist() == [index % 3 for index in range(count)]
        assert (data.num_classes, data.class_names) == (3, ("cat", "dog", "ship"))
        np.testing.assert_array_equal(np.rint((batch.image[2].numpy() + 1) * 127.5), picture(split, 2))


def test_a_split_that_tfds_lacks_is_taken_from_its_training_images_by_their_place(write: Write) -> None:
    found = config(write({"train": 120, "test": 5}), validation_share="0.3", image_size="64")
    expected = name_split([f"train/{index}" for index in range(120)], [index % 3 for index in range(120)], 0.3, 0.0)
    for split in ("train", "validation"):
        data = found.open(split, 0)
        assert places(data) == expected[split].tolist()
        assert data.image_size == 64
    assert len(found.open("test", 0)) == 5


def test_what_is_known_of_splits_without_opening_them(write: Write) -> None:
    found = config(write({"train": 3, "test": 5}), validation_share="0")
    assert found.held == ("validation_share", "fit", "alpha_colour")
    found.check_split("test")
    with pytest.raises(MissingSplitError, match="expected images for validation, got none; raise `validation_share`"):
        found.check_split("validation")


def test_its_records_are_what_counts_and_not_their_place(write: Write, tmp_path: Path) -> None:
    found = contents(config(write({"train": 9})).files)
    assert list(found["contents"]) == ["data_dir_sha256"]
    (tmp_path / "tfds").rename(tmp_path / "moved")
    assert contents(config(tmp_path / "moved").files) == found


def test_a_data_set_without_training_images_is_refused(write: Write) -> None:
    with pytest.raises(CommandError, match="`dataset=tfds:small_pets`: expected a split train, got test"):
        config(write({"test": 9})).open("test", 0)


def test_images_without_labels_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    found = config(write({"train": 9}))
    examples = tfds_module._examples

    def unlabelled(*place: Any) -> tf.data.Dataset:
        return examples(*place).map(lambda one: {**one, "label": tf.constant(-1, tf.int64)})

    monkeypatch.setattr(tfds_module, "_examples", unlabelled)
    with pytest.raises(CommandError, match="expected labels for train, got images that have none"):
        found.open("train", 0)


def test_a_data_set_without_classes_is_refused(write: Write) -> None:
    tfds = pytest.importorskip("tensorflow_datasets")
    directory = write({"train": 3}, label=tfds.features.Scalar(np.int64))
    with pytest.raises(CommandError, match=r"tfds:small_pets`: expected .* an image and a label, got image, label"):
        _ = config(directory).info


def test_a_data_set_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"could not provide no_such_set: .*[^.]\. Without it: `dataset=folder`"):
        DATASETS["tfds:no_such_set"].info(ImageOptions(data_dir=str(tmp_path)))


def test_a_name_goes_through_flags_dictionaries_and_help() -> None:
    found = parse(DataConfig, ["--dataset=tfds:cifar10:3.*.*", "--data_dir=d", "--fit=pad"])
    assert found.part.name == "tfds:cifar10:3.*.*"
    assert from_dict(DataConfig, to_dict(found)) == found
    assert found.part.licences({}) == [
        "cifar10:3.*.* of TensorFlow Datasets: its owners' terms, which TFDS's catalogue names."
    ]
    assert "(One of colored_mnist, double_colored_mnist, wildlife_mnist, folder, latent, tfds:NAME.)" in " ".join(
        help_text(DataConfig, "").split()
    )
    for wrong in ("tfds", "tfds:", "tfd:x"):
        with pytest.raises(ConfigError, match=f"--dataset: expected one of .*, latent, tfds:NAME, got '{wrong}'"):
            parse(DataConfig, [f"--dataset={wrong}"])
