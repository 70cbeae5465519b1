"""U²-Net and U²-NetP, networks for salient objects (Qin et al. 2020, arXiv 2005.09007), frozen."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from cgn_tf.layers.rsu import RSU, NormFreeRSU
from cgn_tf.models.network import Network
from cgn_tf.ops.imagenet import IMAGENET_MEAN, IMAGENET_STD
from cgn_tf.ops.resize import resize_antialiased, resize_bilinear
from cgn_tf.ops.shared_trace import SharedTrace
from cgn_tf.types import NORMALISATIONS

# Stage → depth of its RSU, and whether it is the dilated one.
_BLOCKS = {
    "stage1": (7, False),
    "stage2": (6, False),
    "stage3": (5, False),
    "stage4": (4, False),
    "stage5": (4, True),
    "stage6": (4, True),
    "stage5d": (4, True),
    "stage4d": (4, False),
    "stage3d": (5, False),
    "stage2d": (6, False),
    "stage1d": (7, False),
}
# Stage → channels that come in, inside, and out.
_CHANNELS = {
    "u2net": {
        "stage1": (3, 32, 64),
        "stage2": (64, 32, 128),
        "stage3": (128, 64, 256),
        "stage4": (256, 128, 512),
        "stage5": (512, 256, 512),
        "stage6": (512, 256, 512),
        "stage5d": (1024, 256, 512),
        "stage4d": (1024, 128, 256),
        "stage3d": (512, 64, 128),
        "stage2d": (256, 32, 64),
        "stage1d": (128, 16, 64),
    },
    "u2netp": {stage: (128 if stage.endswith("d") else 64, 16, 64) for stage in _BLOCKS} | {"stage1": (3, 16, 64)},
}

_DARKEST_PEAK = 1 / 255


@keras.saving.register_keras_serializable("cgn_tf")
class U2Net(Network):
    """A U-Net of U-Nets that marks the salient object. Images [B, H, W, 3] → [B, H, W, 1] in (0, 1).

    Six encoder stages with 2×2 max-pools between them (sizes rounded up), five decoder stages that read concat(what
    is below, resized; the encoder's map), and six heads of one channel, resized to the image and mixed by a 1×1
    convolution. Only the sigmoid of this mixture is returned. H and W may be any, odd ones too, but have to be known
    when it is traced.

    By default it reads raw images in [-1, 1] at full size, as in the CGN (Sauer & Geiger 2021), without the size and
    the normalisation that U²-Net was published with. It is frozen: batch norms use the stored statistics and no
    variable is trainable, while the gradient reaches the images.

    Args:
        variant: "u2net" (44,009,869 parameters besides the statistics) or "u2netp" (1,131,181).
        align_corners: of all resizing, see `resize_bilinear`; True in the CGN, False in the published U²-Net.
        batch_norm: whether convolutions have batch norms behind them; without, they have taken them in, as in the
            network that `for_inference` makes, with which a CGN is trained.
        input_size: height and width in pixels that images are resized to inside the network, whatever their own are;
            the saliency is resized back. Both are bilinear, with antialiasing where something is made smaller. None:
            the images' own size.
        normalisation: of the images, after resizing. "raw": in [-1, 1] as they are. "imagenet": RGB in 0..1 divided by
            the greatest value of the image (at least 1/255, so that black ones stay black), minus ImageNet's mean,
            divided by its standard deviation, as U²-Net was published.

    Raises:
        ValueError: another variant or normalisation, or an input size that is not positive.
    """

    def __init__(
        self,
        variant: Literal["u2net", "u2netp"],
        align_corners: bool = True,
        batch_norm: bool = True,
        name: str = "u2net",
        *,
        input_size: int | None = None,
        normalisation: str = "raw",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if variant not in _CHANNELS:
            raise ValueError(f"expected the variant {' or '.join(_CHANNELS)}, got {variant!r}.")
        if normalisation not in NORMALISATIONS:
            raise ValueError(f"expected the normalisation {' or '.join(NORMALISATIONS)}, got {normalisation!r}.")
        if input_size is not None and input_size < 1:
            raise ValueError(f"expected an input size of 1 or more pixels or None, got {input_size}.")
        self.variant = variant
        self.align_corners = align_corners
        self.batch_norm = batch_norm
        self.input_size = input_size
        self.normalisation = normalisation
        block = RSU if batch_norm else NormFreeRSU
        self.stages = {}
        for stage, (depth, dilated) in _BLOCKS.items():
            _, inside, out = _CHANNELS[variant][stage]
            self.stages[stage] = block(depth, inside, out, dilated, align_corners, name=stage)
        self.sides = [keras.layers.Conv2D(1, 3, padding="same", name=f"side{i + 1}") for i in range(6)]
        self.outconv = keras.layers.Conv2D(1, 1, name="outconv")
        self.trainable = False
        self._shared_trace = SharedTrace(U2Net._saliency)

    def build(self, images_shape: Any = None) -> None:
        """Creates all variables; sizes do not matter, so no shape has to be given."""
        for name, stage in self.stages.items():
            stage.build((None, None, None, _CHANNELS[self.variant][name][0]))
        for side, stage in zip(self.sides, self._side_stages, strict=True):
            side.build((None, None, None, stage.out_channels))
        self.outconv.build((None, None, None, len(self.sides)))
        self.trainable = False  # once more, for the variables
        self.built = True

    @property
    def _side_stages(self) -> list[RSU]:
        """The stages that side1 … side6 read, the largest map first."""
        return [self.stages[name] for name in ("stage1d", "stage2d", "stage3d", "stage4d", "stage5d", "stage6")]

    def call(self, images: Any) -> Any:
        """Images [B, H, W, 3] in [-1, 1] → saliency [B, H, W, 1] in (0, 1)."""
        return self._shared_trace(self, images)

    def _saliency(self, images: Any) -> Any:
        if self.input_size is None:
            return self._map(self._normalised(images))
        resized = resize_antialiased(images, (self.input_size, self.input_size))
        return resize_antialiased(self._map(self._normalised(resized)), images.shape[1:3])

    def _normalised(self, images: Any) -> Any:
        if self.normalisation == "raw":
            return images
        images = (images + 1.0) / 2.0
        peak = ops.maximum(ops.max(images, axis=(1, 2, 3), keepdims=True), _DARKEST_PEAK)
        mean, std = (ops.convert_to_tensor(values, dtype=images.dtype) for values in (IMAGENET_MEAN, IMAGENET_STD))
        return (images / peak - mean) / std

    def _map(self, images: Any) -> Any:
        """Normalised images → saliency, both of one size."""
        *decoders, lowest = self._side_stages
        skips = []
        x = images
        for name in ("stage1", "stage2", "stage3", "stage4", "stage5"):
            x = self.stages[name](x)
            skips.append(x)
            x = ops.max_pool(x, 2, 2, padding="same")
        x = lowest(x)
        maps = [x]
        for decoder, skip in zip(reversed(decoders), reversed(skips), strict=True):
            x = decoder(ops.concatenate([self._resized(x, skip), skip], axis=-1))
            maps.insert(0, x)
        sides = [self._resized(side(x), images) for side, x in zip(self.sides, maps, strict=True)]
        return ops.sigmoid(self.outconv(ops.concatenate(sides, axis=-1)))

    def _resized(self, x: Any, reference: Any) -> Any:
        return resize_bilinear(x, reference.shape[1:3], self.align_corners)

    def compute_output_shape(self, images_shape: Any) -> tuple[int | None, ...]:
        return (*images_shape[:-1], 1)

    def inference_layer(self) -> U2Net:
        """The network that training and generation use, without variables; see `HasInferenceLayer`."""
        return U2Net(**{**self.get_config(), "batch_norm": False})

    @property
    def heads(self) -> list[tuple[keras.layers.Layer, RSU]]:
        """side1 … side6, each with the stage that it reads."""
        return list(zip(self.sides, self._side_stages, strict=True))

    @property
    def convolutions(self) -> list[keras.layers.Layer]:
        """All convolutions in the order in which a U²-Net computes them, the six heads and their mixture last."""
        inside = [conv for stage in self.stages.values() for conv in (stage.conv_in, *stage.encoders, *stage.decoders)]
        return [*inside, *self.sides, self.outconv]

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "variant": self.variant,
            "align_corners": self.align_corners,
            "batch_norm": self.batch_norm,
            "input_size": self.input_size,
            "normalisation": self.normalisation,
        }
