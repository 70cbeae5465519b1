"""Which variables a step trains, and their gradients."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet


def dense_gradients(tape: tf.GradientTape, loss: Any, variables: Any) -> Any:
    """Gradients as tensors: zeros where the loss does not depend on a variable, and dense for embeddings."""
    # TensorFlow's variables: of Keras' it cannot make the zeros
    own = tf.nest.map_structure(lambda variable: variable.value, variables)
    found = tape.gradient(loss, own, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return tf.nest.map_structure(tf.convert_to_tensor, found)


def has_batch_norm(network: keras.Model | None) -> bool:
    """Whether statistics of a batch enter what the network computes in training."""
    # by what it keeps: Keras has no public way to all layers within layers
    return network is not None and any(v.path.endswith("/moving_mean") for v in network.non_trainable_variables)


def variables_by_owner(cgn: CGN, embedding_owner: str) -> Triplet[list[keras.Variable]]:
    """The trainable variables of each mechanism; the shared embedding's join those of its owner."""
    groups = {
        factor: list(mechanism.trainable_variables)
        for factor, mechanism in zip(Triplet._fields, cgn.mechanisms, strict=True)
    }
    if cgn.label_embedding is not None:
        groups[embedding_owner] += cgn.label_embedding.trainable_variables
    return Triplet(**groups)
