"""The networks of a step at 256 pixels, traced once for all calls: they compute what they do in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.imagenet_cgn import imagenet_cgn
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.models.networks.u2net import U2Net
from cgn_tf.types import Triplet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_mechanisms_traced_once_make_their_own_images_and_gradients() -> None:
    tf.keras.utils.set_random_seed(0)
    backbone = BigGAN(128, 4, num_classes=5, noise_dim=8)
    backbone.build()
    masker = U2Net("u2netp")
    masker.build()
    cgn = imagenet_cgn(backbone, masker)
    random = np.random.default_rng(0)
    for variable in (v for mechanism in cgn.mechanisms for v in mechanism.trainable_variables):
        variable.assign(variable.numpy() + 0.1 * random.standard_normal(variable.shape).astype(np.float32))
    noise = tf.constant(random.standard_normal((2, 8)).astype(np.float32))
    weights = [tf.constant(random.standard_normal((2, 128, 128, 3)).astype(np.float32)) for _ in range(3)]
    own = [[variable.value for variable in mechanism.trainable_variables] for mechanism in cgn.mechanisms]

    def compute(noise: Any) -> Any:
        with tf.GradientTape() as tape:
            composite = cgn(noise, Triplet([0, 1], [2, 3], [4, 0]), training=True, truncation=0.5)
            images = [composite.premask, composite.foreground, composite.background]
            loss = tf.add_n([tf.reduce_mean(x * weight) for x, weight in zip(images, weights, strict=True)])
        return images, tape.gradient(loss, own)

    eager = compute(noise)
    assert len({image.numpy().tobytes() for image in eager[0]}) == 3
    for ours, expected in zip(
        tf.nest.flatten(tf.function(compute, autograph=False)(noise)), tf.nest.flatten(eager), strict=True
    ):
        expected = tf.convert_to_tensor(expected).numpy()
        assert np.abs(tf.convert_to_tensor(ours).numpy() - expected).max() <= 1e-4 * np.abs(expected).max()


def test_a_saliency_network_traced_once() -> None:
    tf.keras.utils.set_random_seed(0)
    network = U2Net("u2netp")
    network.build()
    random = np.random.default_rng(0)
    images = [tf.constant(random.uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)) for _ in range(2)]

    def compute(*images: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            marked = [network(x) for x in images]
            loss = tf.reduce_mean(marked[0]) - 2 * tf.reduce_mean(tf.square(marked[1]))
        return [*marked, *tape.gradient(loss, images)]

    traced = tf.function(compute, autograph=False)
    for ours, expected in zip(traced(*images), compute(*images), strict=True):
        assert np.abs(ours.numpy() - expected.numpy()).max() <= 1e-4 * np.abs(expected.numpy()).max()
    nodes = traced.get_concrete_function(*images).graph.as_graph_def().node
    assert not any(node.op == "Conv2D" for node in nodes)
