"""Counterfactual Generative Networks (Sauer & Geiger, ICLR 2021) in TensorFlow and Keras 3."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from cgn_tf.types import Composite, Sample, Triplet

if TYPE_CHECKING:
    from cgn_tf import callbacks, metrics
    from cgn_tf.assembly.experiment import experiment
    from cgn_tf.checkpoints import load
    from cgn_tf.models.cgn import CGN
    from cgn_tf.render.image_plot import plot
    from cgn_tf.training.cgn_trainer import CGNTrainer
    from cgn_tf.training.classifier_trainer import ClassifierTrainer

try:
    __version__ = version("cgn_tf")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "unknown"

__all__ = [
    "CGN",
    "CGNTrainer",
    "ClassifierTrainer",
    "Composite",
    "Sample",
    "Triplet",
    "__version__",
    "callbacks",
    "experiment",
    "load",
    "metrics",
    "plot",
]

_IN = {
    "CGN": "cgn_tf.models.cgn",
    "CGNTrainer": "cgn_tf.training.cgn_trainer",
    "ClassifierTrainer": "cgn_tf.training.classifier_trainer",
    "experiment": "cgn_tf.assembly.experiment",
    "load": "cgn_tf.checkpoints",
    "plot": "cgn_tf.render.image_plot",
}
_MODULES = ("callbacks", "metrics")


def __getattr__(name: str) -> Any:
    """What needs TensorFlow is imported at its first use, so that commands can answer a typing error without it."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_IN[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
