"""The PyTorch ports of the Inception of 2015-12-05 as an `Inception2015`: a declarative map of names and layouts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.models.networks.inception_2015 import BLOCKS, STEM, Inception2015, convolutions
from cgn_tf.weights.state_dict_map import Layout
from cgn_tf.weights.torch_classifier import conv_norm_keys, dense_keys, with_state

TELLING_KEY = "Mixed_5b.branch1x1.conv.weight"
"""By this key a state dict is known to be of an Inception v3."""

# Our convolution → the ports' convolution and the batch norm after it: here the names are the same.
_PARTS = {
    path: (f"{path.replace('/', '.')}.conv", f"{path.replace('/', '.')}.bn")
    for path in (
        *(conv.name for conv in STEM if not isinstance(conv, str)),
        *(f"{kind}/{conv.name}" for kind in BLOCKS for conv in convolutions(kind)),
    )
}

KEYS: dict[str, tuple[str, Layout]] = conv_norm_keys(_PARTS) | dense_keys("fc")
"""Path of each variable below the network's own name → key in the state dict, and its layout there."""


def inception_from_state(state: Mapping[str, np.ndarray], what: str) -> Inception2015:
    """The Inception of a state dict.

    Args:
        state: key → array, as from `read_state_dict`, of pytorch-fid's `pt_inception-2015-12-05-6726825d.pth` or
            torch-fidelity's `weights-inception-2015-12-05-6726825d.pth`, which are the same file.
        what: where it comes from, for errors.

    Raises:
        TorchCheckpointError: it is of another network, torchvision's `inception_v3` for example, whose scores would be
            others; what differs is named.
    """
    kind = "the Inception of FID with 1008 classes (pt_inception-2015-12-05-6726825d.pth)"
    return with_state(Inception2015(), KEYS, state, what, kind)
