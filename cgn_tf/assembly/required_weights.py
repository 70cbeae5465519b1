"""What a training run needs and does not find, told before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cgn_tf.assembly.resources import BackboneOptions, FeatureOptions, SaliencyOptions
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.errors import CommandError
from cgn_tf.losses.contract import Need

BACKBONE = (
    "BigGAN-deep: fetch https://tfhub.dev/deepmind/biggan-deep-256/1?tf-hub-format=compressed, or from Kaggle "
    "(deepmind/biggan), or HuggingFace's biggan-deep-256-pytorch_model.bin; or give the handle itself"
)
MASKER = (
    "U²-Net: fetch u2net.pth or u2netp.pth from https://github.com/xuebinqin/U-2-Net, or u2net.onnx or u2netp.onnx of "
    "rembg"
)
FEATURES = (
    "VGG16: fetch vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 from "
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/; or imagenet, which downloads it"
)
GENERATOR = "a directory that tools/train.py or tools/convert.py wrote"


class NamedWeights(NamedTuple):
    """Weights on the disk: the option that names them, its value, and the way to get them."""

    option: str
    place: str
    way: str


def weights_on_disk(config: TrainConfig) -> Iterator[NamedWeights]:
    """Every file and directory of weights that `config` names, whether it is there or not."""
    resources = config.resources
    features = resources.of(FeatureOptions).feature_weights if Need.FEATURES in config.loss.needs else ""
    named = (
        NamedWeights("backbone", resources.of(BackboneOptions).backbone, BACKBONE),
        NamedWeights("masker_weights", resources.of(SaliencyOptions).masker_weights, MASKER),
        NamedWeights("generator", config.model.generator, GENERATOR),
        NamedWeights("feature_weights", features, FEATURES),
    )
    return (one for one in named if one.place not in ("", "random", "imagenet") and not _is_handle(one.place))


def require_weights(config: TrainConfig) -> None:
    """Looks for every file and directory of weights that `config` names.

    Raises:
        CommandError: lists all that are missing, each with the way to get it.
    """
    missing = [
        f"`{option}={place}`: no such file or directory ({way})"
        for option, place, way in weights_on_disk(config)
        if not Path(place).exists()
    ]
    if missing:
        raise CommandError(f"weights are missing: {'; '.join(missing)}.")


def _is_handle(value: str) -> bool:
    """Whether it is an address, or the four or five words of a Kaggle handle."""
    return value.startswith(("https://", "http://")) or (
        value.count("/") in (3, 4) and "tensorflow" in value.lower() and not value.startswith((".", "/"))
    )
