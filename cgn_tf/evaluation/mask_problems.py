"""Masks that went wrong, class by class: an average over the classes hides them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cgn_tf.types import DECIDED_WITHIN

EMPTY_BELOW = 0.02
FULL_ABOVE = 0.9
DECIDED_SHARE = 0.5
BORDER_WIDTH = 4
BORDER_EXCESS = 0.05
"""By how much the border's mean must exceed the interior's before a mask counts as inverted, not as noise."""
ALIKE_ABOVE = 0.98


class MaskProblem(NamedTuple):
    """One way to go wrong, the classes that do, and the figure of each."""

    kind: str
    classes: tuple[int, ...]
    figures: tuple[float, ...]

    def told(self, class_names: Sequence[str] = ()) -> str:
        """In words; `class_names`: of class 0, 1, …, or none, where classes have numbers alone."""
        names = (class_names[label] if class_names else f"class {label}" for label in self.classes)
        pairs = zip(names, self.figures, strict=True)
        return f"{self.kind}: " + ", ".join(f"{name} ({figure:.3f})" for name, figure in pairs)


class MaskFigures(NamedTuple):
    """Figures of the masks of each class that occurs.

    Attributes:
        classes: int [C], ascending.
        mean: [C] in [0, 1].
        decided: [C], share of the pixels within 0.1 of 0 or 1.
        border_excess: [C], mean of the 4-pixel border minus mean of the interior.
        alike: least correlation of the mean masks of two classes; None with fewer than two that are not constant.
    """

    classes: np.ndarray
    mean: np.ndarray
    decided: np.ndarray
    border_excess: np.ndarray
    alike: float | None


def mask_figures(masks: np.ndarray, labels: np.ndarray) -> MaskFigures:
    """The figures by which masks are judged, class by class.

    Args:
        masks: [N, H, W, 1] in [0, 1]; H and W above 8. A few masks per class are enough.
        labels: int [N], the shape label of each.

    Raises:
        ValueError: shapes that do not fit.
    """
    masks, labels = np.asarray(masks, np.float64), np.asarray(labels)
    if masks.ndim != 4 or masks.shape[3] != 1 or min(masks.shape[1:3]) <= 2 * BORDER_WIDTH:
        raise ValueError(f"masks: expected shape [N, H, W, 1] with H, W > {2 * BORDER_WIDTH}, got {masks.shape}.")
    if labels.shape != masks.shape[:1] or not len(labels):
        raise ValueError(f"labels: expected one for each of {len(masks)} masks, at least one, got {labels.shape}.")
    classes = np.unique(labels)
    by_class = [masks[labels == label, :, :, 0] for label in classes]
    mean_masks = np.stack([group.mean(axis=0) for group in by_class])  # [C, H, W]
    near = [(group <= DECIDED_WITHIN) | (group >= 1.0 - DECIDED_WITHIN) for group in by_class]
    return MaskFigures(
        classes,
        mean_masks.mean(axis=(1, 2)),
        np.array([pixels.mean() for pixels in near]),
        _border_excess(mean_masks),
        _least_correlation(mean_masks),
    )


def mask_problems(figures: MaskFigures) -> list[MaskProblem]:
    """What is wrong with masks of such figures.

    Returns:
        Problems: collapsed to empty (mean below 0.02) or full (above 0.9), undecided (less than half of the pixels
        within 0.1 of 0 or 1), inverted (the 4-pixel border's mean above the interior's), all classes alike (every
        pair of mean masks correlates above 0.98). Empty where all is well.
    """
    classes, means, decided, excess, alike = figures
    found = [
        (f"masks collapsed to empty (mean below {EMPTY_BELOW})", means, means < EMPTY_BELOW),
        (f"masks collapsed to full (mean above {FULL_ABOVE})", means, means > FULL_ABOVE),
        (f"masks undecided (below {DECIDED_SHARE:.0%} of the pixels near 0 or 1)", decided, decided < DECIDED_SHARE),
        ("masks inverted (border's mean exceeds the interior's)", excess, excess > BORDER_EXCESS),
    ]
    problems = [
        MaskProblem(kind, tuple(classes[wrong].tolist()), tuple(values[wrong].tolist()))
        for kind, values, wrong in found
        if wrong.any()
    ]
    if alike is not None and alike > ALIKE_ABOVE:
        kind = f"masks of all classes alike (least correlation of two classes above {ALIKE_ABOVE})"
        problems.append(MaskProblem(kind, tuple(classes.tolist()), (alike,) * len(classes)))
    return problems


def _border_excess(mean_masks: np.ndarray) -> np.ndarray:
    """Mean of the border minus mean of the interior, [C, H, W] → [C]."""
    border = np.ones(mean_masks.shape[1:], bool)
    border[BORDER_WIDTH:-BORDER_WIDTH, BORDER_WIDTH:-BORDER_WIDTH] = False
    excess: np.ndarray = mean_masks[:, border].mean(axis=1) - mean_masks[:, ~border].mean(axis=1)
    return excess


def _least_correlation(mean_masks: np.ndarray) -> float | None:
    """The least correlation of two mean masks; None with fewer than two classes that are not constant."""
    flat = mean_masks.reshape(len(mean_masks), -1)
    flat = flat[flat.std(axis=1) > 1e-6]
    return float(np.corrcoef(flat).min()) if len(flat) > 1 else None
