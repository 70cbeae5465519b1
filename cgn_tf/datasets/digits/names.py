"""The names of the data sets of digits; no import, so that options can list them."""

from __future__ import annotations

VARIANTS = ("colored_mnist", "double_colored_mnist", "wildlife_mnist")
"""The variants of MNIST, by which options, results and published figures name them."""
