"""The Inception of FID as a classifier, whose 1,008 classes are in an order of their own."""

from __future__ import annotations

from cgn_tf.classifiers.geometry import Geometry
from cgn_tf.classifiers.photograph import Published, photograph_part
from cgn_tf.models.networks.inception_2015 import Inception2015

INCEPTION_2015 = photograph_part(
    Published(
        name="inception_2015",
        summary="Inception v3 of 2015-12-05, the network of FID: 1,008 classes in its own order, 2048 features.",
        file="pt_inception-2015-12-05-6726825d.pth",
        geometry=Geometry(size=299, resized=299, fit="stretch"),
        is_meant=lambda network: isinstance(network, Inception2015),
        score_logits=lambda network, images: network.logits_without_bias(network.features(images, training=False)),
    )
)
