"""What the small mechanisms have in common."""

from __future__ import annotations

import keras

from cgn_tf.models.network import Network


class EmbeddedMechanism(Network):
    """A mechanism whose noise is normal, and whose condition is the label as the CGN's own embedding has it."""

    noise_distribution = "normal"
    shares_noise = False
    takes_truncation = False
    is_shifted = False
    class_embedding: keras.layers.Layer | None = None
    shares_trace = False
    can_recompute = False
    recomputes = False
