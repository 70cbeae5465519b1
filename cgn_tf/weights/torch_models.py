"""Whatever network a PyTorch state dict is of, as ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np

from cgn_tf.weights import torch_efficientnet_lite as efficientnet_lite
from cgn_tf.weights import torch_inception, torch_resnet
from cgn_tf.weights.torch_biggan import SIZE_KEY, biggan_from_state
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError, read_state_dict, without_data_parallel
from cgn_tf.weights.torch_digit_cgn import digit_cgn_from_state
from cgn_tf.weights.torch_imagenet_cgn import MECHANISMS, imagenet_cgn_from_state
from cgn_tf.weights.torch_u2net import u2net_from_state


def model_from_torch(path: str | Path, reversed_truncation: bool = False) -> keras.Model:
    """Reads a `.pth` or `.bin` file; which network it is of is told by its keys.

    Args:
        path: HuggingFace's `biggan-deep-*-pytorch_model.bin`, `u2net.pth`, `u2netp.pth`, a checkpoint of the CGN
            reference (its whole `cgn.pth`, or one of its digit CGNs), or a classifier: `efficientnet-lite0-*.pth` or
            Lite2, torchvision's `resnet50-*.pth`, or FID's `pt_inception-2015-12-05-6726825d.pth`.
        reversed_truncation: see `BigGAN`.

    Returns:
        `BigGAN`, `U2Net`, `CGN`, `EfficientNetLite`, `ResNet50` or `Inception2015`.

    Raises:
        TorchCheckpointError: the file cannot be read, is of none of these, or does not fit; what differs is named.
    """
    state, what = without_data_parallel(read_state_dict(path)), str(path)
    readers: dict[str, Callable[[Mapping[str, np.ndarray]], keras.Model]] = {
        "label_emb.weight": lambda state: digit_cgn_from_state(state, what),
        SIZE_KEY: lambda state: biggan_from_state(state, what, reversed_truncation=reversed_truncation),
        MECHANISMS.shape + SIZE_KEY: lambda state: imagenet_cgn_from_state(state, what, reversed_truncation),
        "outconv.weight": lambda state: u2net_from_state(state, what),
        efficientnet_lite.TELLING_KEY: lambda state: efficientnet_lite.efficientnet_lite_from_state(state, what),
        torch_resnet.TELLING_KEY: lambda state: torch_resnet.resnet50_from_state(state, what),
        torch_inception.TELLING_KEY: lambda state: torch_inception.inception_from_state(state, what),
    }
    for key, reader in readers.items():
        if key in state:
            return reader(state)
    raise TorchCheckpointError(
        f"{what}: expected a digit CGN (with key label_emb.weight), a BigGAN-deep ({SIZE_KEY}), a CGN at 256 pixels "
        f"({MECHANISMS.shape}{SIZE_KEY}), a U²-Net (outconv.weight), an EfficientNet-Lite "
        f"({efficientnet_lite.TELLING_KEY}), a ResNet-50 ({torch_resnet.TELLING_KEY}) or FID's Inception "
        f"({torch_inception.TELLING_KEY}), got keys such as {', '.join(list(state)[:4])}."
    )
