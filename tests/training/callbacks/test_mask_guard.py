from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from cgn_tf.training.callbacks.mask_guard import MaskGuard
from tests.evaluation.test_mask_problems import stroke_masks


def test_guard_warns_once_per_set_and_again_after_recovery() -> None:
    sound, labels = stroke_masks()
    empty, inverted = sound.copy(), sound.copy()
    empty[labels == 3] = 0.001
    inverted[labels == 5] = 1.0 - sound[labels == 5]
    slightly_emptier = empty.copy()
    slightly_emptier[labels == 3] = 0.0001
    sequence = [sound, empty, empty, slightly_emptier, inverted, empty, sound, sound, empty]
    warnings: list[str] = []
    remaining = iter(sequence)
    guard = MaskGuard(every=10, warn=warnings.append)
    guard.set_model(SimpleNamespace(dataset=None, samples=SimpleNamespace(masks=lambda: (next(remaining), labels))))
    guard.start(0, 1000)
    for step in range(1, 91):
        guard.after_step(step, {})
    assert [warning.split(":")[0] for warning in warnings] == ["Step 20", "Step 50", "Step 70", "Step 90"]
    assert "empty" in warnings[0]
    assert "class 3 (0.001)" in warnings[0]
    assert "inverted" in warnings[1]
    assert "class 5" in warnings[1]
    assert "in order again" in warnings[2]
    assert "empty" in warnings[3]
    assert next(remaining, None) is None


def test_classes_have_the_names_of_the_data_set() -> None:
    masks, labels = stroke_masks()
    warnings: list[str] = []
    guard = MaskGuard(every=1, warn=warnings.append)
    dataset = SimpleNamespace(class_names=tuple(f"name {label}" for label in range(10)))
    samples = SimpleNamespace(masks=lambda: (np.where(labels[:, None, None, None] == 3, 0, masks), labels))
    guard.set_model(SimpleNamespace(dataset=dataset, samples=samples))
    guard.on_due(1)
    assert "name 3 (0.000)" in warnings[0]
