"""The latent data set: labels without images, for training against a frozen generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, LabelledBatch, SplitRequest
from cgn_tf.random_streams import Stream, stream_key
from cgn_tf.types import Triplet


@dataclass(frozen=True)
class LatentOptions:
    """Labels without images have no options."""


class LatentDataset:
    """Uniform labels, one for all three factors: a `Dataset` without images.

    The noise is drawn beside them, as it is for every data set.

    Args:
        num_classes: labels are in [0, num_classes).
        seed: integer seed of all labels.
    """

    image_size = None
    class_names = ()

    def __init__(self, num_classes: int, seed: int) -> None:
        self.num_classes = num_classes
        self.seed = seed

    def __len__(self) -> int:
        """0: there is no end to them."""
        return 0

    def batch(self, step: Any, batch_size: int) -> LabelledBatch:
        """The batch of a step; see `Dataset.batch`."""
        key = stream_key(self.seed, Stream.LATENT_LABEL, tf.cast(step, tf.int64))
        labels = tf.random.stateless_uniform((batch_size,), key, 0, self.num_classes, tf.int32)
        return LabelledBatch(Triplet.same(labels))


def _open(options: LatentOptions, request: SplitRequest) -> LatentDataset:
    del options  # there are none
    if request.split != "train":
        raise ValueError(f"split: expected train, the only one of labels without images, got {request.split!r}.")
    if request.num_classes is None:
        raise ValueError("num_classes: expected the generator's, got None; labels have no classes of their own.")
    return LatentDataset(request.num_classes, request.seed)


LATENT = DatasetPart(
    name="latent",
    summary="no images, labels alone, for a CGN that is compared with a frozen generator",
    options=LatentOptions,
    open=_open,
    info=lambda options: DatasetInfo(num_classes=None, image_size=None),
    has_images=False,
)
