"""The open interval that masks keep to."""

from __future__ import annotations

MASK_MIN, MASK_MAX = 1e-4, 1.0 - 1e-4
"""The interval keeps the entropy of a mask finite."""
