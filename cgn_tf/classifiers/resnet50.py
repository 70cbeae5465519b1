"""torchvision's ResNet-50 as a classifier of photographs."""

from __future__ import annotations

from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.photograph import Published, photograph_part
from cgn_tf.models.networks.resnet import ResNet50

RESNET50 = photograph_part(
    Published(
        name="resnet50",
        summary="torchvision's ResNet-50 (He et al. 2016): 25.6 million parameters, 76.1 % of ImageNet, 2048 features.",
        file="resnet50-*.pth",
        geometry=Geometry(size=224, resized=256),
        is_meant=lambda network: isinstance(network, ResNet50),
    )
)
