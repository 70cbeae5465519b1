"""The Inception of 2015-12-05, which FID and the Inception score are defined with (Szegedy et al. 2016, 1512.00567)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import keras
from keras import ops

from cgn_tf.layers.conv_norm import ConvNorm
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier

EPSILON = 1e-3
NUM_CLASSES = 1008


class Conv(NamedTuple):
    """A convolution with its batch norm.

    Unless `padding` says what it is, the convolution keeps the size of the map, or has none where the stride is 2.
    """

    name: str
    filters: int
    size: int | tuple[int, int] = 1
    strides: int = 1
    padding: Literal["", "same", "valid"] = ""

    def layer(self) -> ConvNorm:
        """The layer that this describes."""
        padding = self.padding or ("same" if self.strides == 1 else "valid")
        return ConvNorm(self.filters, self.size, self.strides, padding, epsilon=EPSILON, name=self.name)


Step = Conv | str | list[Conv]
"""A convolution, the name of a pool (see `_POOLS`), or convolutions side by side."""

_POOLS = {
    # the padding does not count, while torchvision's Inception averages over it
    "average": lambda x: ops.average_pool(x, 3, 1, "same"),
    # where this network differs from every other Inception
    "max": lambda x: ops.max_pool(x, 3, 1, "same"),
    "halve": lambda x: ops.max_pool(x, 3, 2, "valid"),
}


def _block_a(pool_filters: int) -> list[list[Step]]:
    return [
        [Conv("branch1x1", 64)],
        [Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, 5)],
        [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, 3), Conv("branch3x3dbl_3", 96, 3)],
        ["average", Conv("branch_pool", pool_filters)],
    ]


def _block_b() -> list[list[Step]]:
    return [
        [Conv("branch3x3", 384, 3, 2)],
        [Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, 3), Conv("branch3x3dbl_3", 96, 3, 2)],
        ["halve"],
    ]


def _block_c(inside: int) -> list[list[Step]]:
    return [
        [Conv("branch1x1", 192)],
        [Conv("branch7x7_1", inside), Conv("branch7x7_2", inside, (1, 7)), Conv("branch7x7_3", 192, (7, 1))],
        [
            Conv("branch7x7dbl_1", inside),
            Conv("branch7x7dbl_2", inside, (7, 1)),
            Conv("branch7x7dbl_3", inside, (1, 7)),
            Conv("branch7x7dbl_4", inside, (7, 1)),
            Conv("branch7x7dbl_5", 192, (1, 7)),
        ],
        ["average", Conv("branch_pool", 192)],
    ]


def _block_d() -> list[list[Step]]:
    return [
        [Conv("branch3x3_1", 192), Conv("branch3x3_2", 320, 3, 2)],
        [
            Conv("branch7x7x3_1", 192),
            Conv("branch7x7x3_2", 192, (1, 7)),
            Conv("branch7x7x3_3", 192, (7, 1)),
            Conv("branch7x7x3_4", 192, 3, 2),
        ],
        ["halve"],
    ]


def _block_e(pool: str) -> list[list[Step]]:
    return [
        [Conv("branch1x1", 320)],
        [Conv("branch3x3_1", 384), [Conv("branch3x3_2a", 384, (1, 3)), Conv("branch3x3_2b", 384, (3, 1))]],
        [
            Conv("branch3x3dbl_1", 448),
            Conv("branch3x3dbl_2", 384, 3),
            [Conv("branch3x3dbl_3a", 384, (1, 3)), Conv("branch3x3dbl_3b", 384, (3, 1))],
        ],
        [pool, Conv("branch_pool", 192)],
    ]


STEM: list[Conv | str] = [
    Conv("Conv2d_1a_3x3", 32, 3, 2),
    Conv("Conv2d_2a_3x3", 32, 3, padding="valid"),
    Conv("Conv2d_2b_3x3", 64, 3),
    "maxpool1",
    Conv("Conv2d_3b_1x1", 80),
    Conv("Conv2d_4a_3x3", 192, 3, padding="valid"),
    "maxpool2",
]
"""The steps in front of the blocks: convolutions, and max-pools 3×3 with stride 2 by their names."""

BLOCKS = {
    "Mixed_5b": _block_a(32),
    "Mixed_5c": _block_a(64),
    "Mixed_5d": _block_a(64),
    "Mixed_6a": _block_b(),
    "Mixed_6b": _block_c(128),
    "Mixed_6c": _block_c(160),
    "Mixed_6d": _block_c(160),
    "Mixed_6e": _block_c(192),
    "Mixed_7a": _block_d(),
    "Mixed_7b": _block_e("average"),
    "Mixed_7c": _block_e("max"),
}
"""The blocks by their names in the original graph and in torchvision: branches side by side, each of steps in a row."""


def convolutions(kind: str) -> list[Conv]:
    """All convolutions of one of `BLOCKS`."""
    return [conv for branch in BLOCKS[kind] for step in branch if not isinstance(step, str) for conv in _all(step)]


@keras.saving.register_keras_serializable("cgn_tf")
class InceptionBlock(keras.layers.Layer):
    """Branches side by side, concatenated. [B, H, W, in] → [B, h, w, sum of the branches].

    Args:
        kind: one of `BLOCKS`.
    """

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(**{"name": kind, **kwargs})
        self.kind = kind
        self.convs = [conv.layer() for conv in convolutions(kind)]

    def build(self, input_shape: Any) -> None:
        for branch in BLOCKS[self.kind]:
            channels = input_shape[-1]
            for step in branch:
                if not isinstance(step, str):
                    for conv in _all(step):
                        self._layer(conv).build((None, None, None, channels))
                    channels = sum(conv.filters for conv in _all(step))
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        outputs = []
        for branch in BLOCKS[self.kind]:
            y = x
            for step in branch:
                if isinstance(step, str):
                    y = _POOLS[step](y)
                else:
                    parts = [self._layer(conv)(y, training=training) for conv in _all(step)]
                    y = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
            outputs.append(y)
        return ops.concatenate(outputs, axis=-1)

    def _layer(self, conv: Conv) -> Any:
        return next(layer for layer in self.convs if layer.name == conv.name)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        last = [branch[-1] for branch in BLOCKS[self.kind]]
        widths = [input_shape[-1] if isinstance(s, str) else sum(conv.filters for conv in _all(s)) for s in last]
        return (input_shape[0], None, None, sum(widths))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind}


def _all(step: Conv | list[Conv]) -> list[Conv]:
    return step if isinstance(step, list) else [step]


@keras.saving.register_keras_serializable("cgn_tf")
class Inception2015(PhotographClassifier):
    """Inception v3 of 2015-12-05: images [B, H, W, 3] in [-1, 1] → 1008 logits; 2048 features; made for 299 pixels.

    The network in `inception-2015-12-05.tgz`, as the PyTorch ports of FID compute it: average pools do not count their
    padding, and the last block has a max-pool in the place of one. Normalisation inside: (x − 128) / 128 of 0..255.
    The images are not resized here: how they are belongs to the score, not to the network.
    """

    def __init__(self, name: str = "inception_2015", **kwargs: Any) -> None:
        super().__init__(
            list(_trunk()), NUM_CLASSES, 299, scale=[127.5 / 128] * 3, offset=[-0.5 / 128] * 3, name=name, **kwargs
        )

    def logits_without_bias(self, features: Any) -> Any:
        """Features [B, 2048] → [B, 1008], the logits that the Inception score is computed from in the original code."""
        return ops.matmul(features, ops.cast(ops.convert_to_tensor(self.logits.kernel), features.dtype))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


def _trunk() -> Iterator[keras.layers.Layer]:
    for step in STEM:
        yield keras.layers.MaxPooling2D(3, 2, name=step) if isinstance(step, str) else step.layer()
    for kind in BLOCKS:
        yield InceptionBlock(kind)
