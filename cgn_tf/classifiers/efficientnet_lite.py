"""EfficientNet-Lite0 and Lite2 as classifiers of photographs."""

from __future__ import annotations

from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.photograph import Published, photograph_part
from cgn_tf.models.networks.efficientnet_lite import EfficientNetLite
from cgn_tf.models.networks.photograph_classifier import PhotographClassifier

_MARGIN = 32
"""In pixels: the square of S pixels is S/(S + 32) of the photograph's short side."""


def _geometry(size: int) -> Geometry:
    return Geometry(size, size + _MARGIN, "crop_then_resize", "bicubic")


def _is_variant(network: PhotographClassifier, variant: str) -> bool:
    return isinstance(network, EfficientNetLite) and network.variant == variant


EFFICIENTNET_LITE0 = photograph_part(
    Published(
        name="efficientnet_lite0",
        summary="EfficientNet-Lite0 (Tan & Le 2019): 4.7 million parameters, 1280 features.",
        file="efficientnet-lite0-57934424.pth",
        geometry=_geometry(224),
        is_meant=lambda network: _is_variant(network, "lite0"),
    )
)
EFFICIENTNET_LITE2 = photograph_part(
    Published(
        name="efficientnet_lite2",
        summary="EfficientNet-Lite2 (Tan & Le 2019): 6.1 million parameters, 1280 features.",
        file="efficientnet-lite2-*.pth",
        geometry=_geometry(260),
        is_meant=lambda network: _is_variant(network, "lite2"),
    )
)
