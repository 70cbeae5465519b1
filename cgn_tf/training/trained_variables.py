"""Which variables a step trains, and their gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from cgn_tf import keras_settings
from cgn_tf.models.cgn import CGN
from cgn_tf.types import Triplet


class TrainedGroup(NamedTuple):
    """Variables that one optimizer trains, which is built for them."""

    optimizer: keras.optimizers.Optimizer
    variables: list[keras.Variable]

    @classmethod
    def of(cls, optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable]) -> TrainedGroup:
        """Builds the optimizer for the variables.

        Raises:
            KerasSettingsError: Keras has another backend than TensorFlow.
        """
        keras_settings.require_tensorflow("training")
        optimizer.build(variables)
        return cls(optimizer, variables)


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


def variables_by_factor(cgn: CGN, embedding_owner: str) -> dict[str, list[keras.Variable]]:
    """The trainable variables of each mechanism by its factor; the shared embedding's join those of its owner.

    Raises:
        ValueError: an owner that is no factor.
    """
    if embedding_owner not in Triplet._fields:
        raise ValueError(f"embedding_owner: expected one of {Triplet._fields}, got {embedding_owner!r}.")
    groups = {
        factor: list(mechanism.trainable_variables)
        for factor, mechanism in zip(Triplet._fields, cgn.mechanisms, strict=True)
    }
    if cgn.label_embedding is not None:
        groups[embedding_owner] += cgn.label_embedding.trainable_variables
    return groups
