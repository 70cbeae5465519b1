"""Every registered data set keeps to the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.contract import Dataset, DatasetPart, ImageDataset, LabelledBatch, SplitRequest
from cgn_tf.datasets.digits.options import DigitOptions
from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.datasets.latent import LATENT
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.types import Triplet
from tests.datasets.image_folder import write_folder

OFFLINE: dict[type, Any] = {DigitOptions: DigitOptions(digits="sklearn", textures="procedural", validation_size=10)}
"""Options with which nothing is downloaded; of other classes the default ones, and for images a folder of some."""
GENERATOR_CLASSES = 7
"""For data that have no classes of their own."""

SPLITS = [(name, split) for name in DATASETS for split in DATASETS[name].splits if split != "official_test"]
IMAGE_SPLITS = [(name, split) for name, split in SPLITS if DATASETS[name].has_images]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """150 images of two classes, of which every split has some, for the options of images."""
    root = tmp_path_factory.mktemp("folder")
    write_folder(root, {"cat": 75, "dog": 75})
    OFFLINE[ImageOptions] = ImageOptions(data_dir=str(root), validation_share=0.3, test_share=0.3)
    yield
    del OFFLINE[ImageOptions]


def opened(name: str, split: str = "train", seed: int = 3, environments: tuple[float, ...] = ()) -> Any:
    part = DATASETS[name]
    options = OFFLINE.get(part.options, part.options())
    return part.open(options, SplitRequest(split, seed, environments, GENERATOR_CLASSES))


def arrays(batch: LabelledBatch) -> list[np.ndarray]:
    return [np.asarray(value) for value in (*batch.labels, batch.image, batch.environment) if value is not None]


def assert_equal(one: LabelledBatch, other: LabelledBatch) -> None:
    for first, second in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", DATASETS)
def test_the_declaration_says_what_is_opened(name: str) -> None:
    part: DatasetPart = DATASETS[name]
    data: Dataset = opened(name)
    assert part.name == name
    assert part.summary
    check_options(part.options())
    assert all(sentence.endswith(".") for sentence in part.licences(to_dict(part.options())))
    options = OFFLINE.get(part.options, part.options())
    # what nothing of the user's is read for is held to its value
    assert any(part.files(options).values()) == (name == "folder")
    info = part.info(options)
    assert data.num_classes == (GENERATOR_CLASSES if info.num_classes is None else info.num_classes)
    assert data.image_size == info.image_size
    assert (info.image_size is not None) == part.has_images
    assert data.class_names == info.class_names
    assert len(info.class_names) in (0, info.num_classes)
    assert "train" in part.splits
    if part.stroke_colours is not None:
        assert part.stroke_colours.shape == (info.num_classes, 3)
        assert part.stroke_colours.dtype == np.uint8


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_shapes_types_and_ranges(name: str, split: str) -> None:
    data: Dataset = opened(name, split)
    batch = data.batch(5, 64)
    assert isinstance(batch, LabelledBatch)
    assert batch.environment is None
    for factor in batch.labels:
        assert (factor.shape, factor.dtype) == ((64,), tf.int32)
        assert 0 <= np.min(factor) < np.max(factor) < data.num_classes
    if data.image_size is None:
        assert batch.image is None
        assert len(data) == 0
    else:
        assert (batch.image.shape, batch.image.dtype) == ((64, data.image_size, data.image_size, 3), tf.float32)
        assert -1 <= np.min(batch.image) < np.max(batch.image) <= 1
        assert len(data) >= 1


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_a_batch_is_a_pure_function_of_seed_and_step(name: str, split: str) -> None:
    data = opened(name, split)
    data.batch(0, 64)
    batch = data.batch(5, 64)
    assert_equal(batch, opened(name, split).batch(tf.constant(5, tf.int64), 64))
    for other in (data.batch(6, 64), opened(name, split, seed=4).batch(5, 64)):
        assert all(np.any(one != two) for one, two in zip(arrays(batch), arrays(other), strict=True))


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_a_batch_is_the_same_inside_tf_data(name: str, split: str) -> None:
    data = opened(name, split)
    piped = list(tf.data.Dataset.range(4, 7).map(lambda step: data.batch(step, 64)))
    for step, batch in enumerate(piped, start=4):
        assert isinstance(batch, LabelledBatch)
        for one, other in zip(arrays(batch), arrays(data.batch(step, 64)), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("name", "split"), IMAGE_SPLITS)
def test_in_order_every_image_comes_once(name: str, split: str) -> None:
    data: ImageDataset = opened(name, split)
    whole, parts = (list(data.ordered(size)) for size in (len(data), 100))
    assert len(whole) == 1
    assert [len(batch.image) for batch in parts] == [min(100, len(data) - start) for start in range(0, len(data), 100)]
    assert all(isinstance(batch, LabelledBatch) and batch.environment is None for batch in parts)
    joined = [np.concatenate(same) for same in zip(*map(arrays, parts), strict=True)]
    for one, other in zip(arrays(whole[0]), joined, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    # the same images as an epoch of batches has
    epoch = data.batch(0, len(data))
    np.testing.assert_array_equal(np.sort(epoch.labels.shape), np.sort(whole[0].labels.shape))
    with pytest.raises(ValueError, match="batch_size: expected at least 1, got 0"):
        data.ordered(0)


@pytest.mark.parametrize(("name", "split"), IMAGE_SPLITS)
def test_only_in_training_images_the_factors_follow_the_class_if_they_can_do_else(name: str, split: str) -> None:
    follow = split == "train" or not DATASETS[name].independent_factors
    labels = Triplet(*(np.asarray(factor) for factor in next(iter(opened(name, split).ordered(300))).labels))
    for factor in (labels.texture, labels.background):
        assert (np.mean(factor == labels.shape) == 1) == follow


@pytest.mark.parametrize("name", sorted({name for name, _ in IMAGE_SPLITS}))
def test_environments(name: str) -> None:
    if not DATASETS[name].independent_factors:
        with pytest.raises(ConfigError, match=f"`environments`: expected none for `dataset={name}`, got 2"):
            opened(name, environments=(1.0, 0.0))
        return
    batch = opened(name, environments=(1.0, 0.0)).batch(0, 200)
    assert (batch.environment.shape, batch.environment.dtype) == ((200,), tf.int32)
    follows = np.asarray(batch.labels.texture == batch.labels.shape)
    assert np.all(follows[np.asarray(batch.environment) == 0])
    assert np.mean(follows[np.asarray(batch.environment) == 1]) < 0.3


def test_labels_alone_have_one_split_and_need_a_number_of_classes() -> None:
    with pytest.raises(ValueError, match=r"split: expected train, .* got 'test'"):
        LATENT.open(LATENT.options(), SplitRequest("test", 0, num_classes=10))
    with pytest.raises(ValueError, match="num_classes: expected the generator's, got None"):
        LATENT.open(LATENT.options(), SplitRequest("train", 0))


def test_an_unknown_data_set_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"data set: expected one of colored_mnist, .*, latent, tfds:NAME, got 'striped'"
    ):
        DATASETS["striped"]
