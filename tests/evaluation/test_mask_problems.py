from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.evaluation.mask_problems import MaskProblem, mask_figures, mask_problems

SIZE = 32


def stroke_masks(classes: int = 10, per_class: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Sound masks: every class has a bar of its own in the interior, 5 pixels wide and 20 long."""
    masks = np.full((classes, per_class, SIZE, SIZE, 1), 0.01)
    for label in range(classes):
        top, left = (6, 5 + 2 * (label // 2)) if label % 2 else (5 + 2 * (label // 2), 6)
        rows, columns = (20, 5) if label % 2 else (5, 20)
        masks[label, :, top : top + rows, left : left + columns] = 0.98
    return masks.reshape(-1, SIZE, SIZE, 1), np.repeat(np.arange(classes), per_class)


def find_mask_problems(masks: np.ndarray, labels: np.ndarray) -> list[MaskProblem]:
    return mask_problems(mask_figures(masks, labels))


def test_sound_masks_have_no_problem() -> None:
    assert find_mask_problems(*stroke_masks()) == []


@pytest.mark.parametrize(
    ("value", "kind", "figure"), [(0.01, "collapsed to empty", 0.01), (0.95, "collapsed to full", 0.95)]
)
def test_collapse_of_one_class(value: float, kind: str, figure: float) -> None:
    masks, labels = stroke_masks()
    masks[labels == 3] = value
    (problem,) = find_mask_problems(masks, labels)
    assert kind in problem.kind
    assert problem.classes == (3,)
    assert problem.figures == pytest.approx((figure,))
    assert problem.told() == f"{problem.kind}: class 3 ({figure:.3f})"
    assert problem.told(("cat", "dog", "hen", "cow")) == f"{problem.kind}: cow ({figure:.3f})"


def test_undecided_pixels_of_two_classes() -> None:
    masks, labels = stroke_masks()
    for label in (2, 7):
        masks[labels == label, :, :20] = 0.2 + 0.5 * masks[labels == label, :, :20]  # 20 of 32 columns: in (0.2, 0.7)
    (problem,) = find_mask_problems(masks, labels)
    assert "undecided" in problem.kind
    assert problem.classes == (2, 7)
    assert problem.figures == pytest.approx((12 / 32, 12 / 32))


def test_inverted_class_is_found_although_the_average_looks_sound() -> None:
    masks, labels = stroke_masks()
    masks[labels == 5] = 1.0 - masks[labels == 5]
    assert 0.08 < masks.mean() < 0.5
    (problem,) = find_mask_problems(masks, labels)
    assert "inverted" in problem.kind
    assert problem.classes == (5,)
    # border all 0.99; interior 24², of which 100 pixels are 0.02 and the others 0.99
    assert problem.figures == pytest.approx((0.97 * 100 / 24**2,))


def test_a_faint_difference_of_border_and_interior_is_noise() -> None:
    masks, labels = stroke_masks()
    masks[labels == 0] = np.random.default_rng(0).uniform(size=masks[labels == 0].shape) < 0.3
    assert find_mask_problems(masks, labels) == []


def test_all_classes_alike() -> None:
    masks, labels = stroke_masks()
    masks[:] = masks[:1]
    (problem,) = find_mask_problems(masks, labels)
    assert "alike" in problem.kind
    assert problem.classes == tuple(range(10))
    assert problem.figures == pytest.approx((1.0,) * 10)
    masks[labels == 4] = np.transpose(masks[labels == 4], (0, 2, 1, 3))
    assert find_mask_problems(masks, labels) == []


def test_constant_masks_do_not_count_as_alike() -> None:
    masks = np.full((4, SIZE, SIZE, 1), 1e-4)
    (problem,) = find_mask_problems(masks, np.array([0, 0, 9, 9]))
    assert "collapsed to empty" in problem.kind
    assert problem.classes == (0, 9)


def test_wrong_shapes_are_refused() -> None:
    masks, labels = stroke_masks()
    with pytest.raises(ValueError, match=r"expected shape \[N, H, W, 1\]"):
        find_mask_problems(masks[..., 0], labels)
    with pytest.raises(ValueError, match="H, W > 8"):
        find_mask_problems(masks[:, :8], labels)
    with pytest.raises(ValueError, match="expected one for each of 30 masks"):
        find_mask_problems(masks, labels[:-1])
    with pytest.raises(ValueError, match="at least one"):
        find_mask_problems(masks[:0], labels[:0])
