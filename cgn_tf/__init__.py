"""Counterfactual Generative Networks (Sauer & Geiger, ICLR 2021) in TensorFlow and Keras 3."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from cgn_tf.checkpoints import load
from cgn_tf.models.cgn import CGN
from cgn_tf.types import Composite, Triplet

try:
    __version__ = version("cgn_tf")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "unknown"

__all__ = ["CGN", "Composite", "Triplet", "__version__", "load"]
