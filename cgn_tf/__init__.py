"""Counterfactual Generative Networks (Sauer & Geiger, ICLR 2021) in TensorFlow and Keras 3."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from cgn_tf.types import Composite, Sample, Triplet

if TYPE_CHECKING:
    from cgn_tf.checkpoints import load
    from cgn_tf.models.cgn import CGN
    from cgn_tf.render.image_plot import plot

try:
    __version__ = version("cgn_tf")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "unknown"

__all__ = ["CGN", "Composite", "Sample", "Triplet", "__version__", "load", "plot"]

_IN = {"CGN": "cgn_tf.models.cgn", "load": "cgn_tf.checkpoints", "plot": "cgn_tf.render.image_plot"}


def __getattr__(name: str) -> Any:
    """What needs TensorFlow is imported at its first use, so that commands can answer a typing error without it."""
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_IN[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
