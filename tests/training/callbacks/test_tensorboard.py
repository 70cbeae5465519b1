from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from cgn_tf.training.callbacks.tensorboard import TensorBoard


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def scalars(logdir: Path) -> dict[str, dict[int, float]]:
    """Tag → step → value over all event files, the newest file last."""
    found: dict[str, dict[int, float]] = {}
    files = sorted(logdir.glob("events.out.tfevents.*"), key=lambda path: path.stat().st_mtime_ns)
    for record in tf.data.TFRecordDataset([str(path) for path in files]).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            found.setdefault(value.tag, {})[event.step] = float(tf.make_ndarray(value.tensor))
    return found


def test_means_over_the_interval_and_images_per_second(tmp_path: Path) -> None:
    clock = Clock()
    board = TensorBoard(tmp_path, every=4, images_per_step=16, clock=clock)
    board.start(0, 100)
    for step in range(1, 9):
        clock.now += 0.5
        board.after_step(step, {"raw/style": float(step), "learning_rate/shape": 0.25})
    board.close()
    assert scalars(tmp_path) == {
        "raw/style": {4: 2.5, 8: 6.5},
        "learning_rate/shape": {4: 0.25, 8: 0.25},
        "images_per_second": {4: 32.0, 8: 32.0},
    }


def test_groups_count_by_their_steps_and_missing_logs_are_left_out(tmp_path: Path) -> None:
    clock = Clock()
    board = TensorBoard(tmp_path, every=4, images_per_step=1, clock=clock)
    board.start(0, 100)
    board.after_step(1, {"loss/total": 8.0})
    clock.now = 2.0
    board.after_step(4, {"loss/total": 4.0, "loss/discriminator": 3.0})
    board.close()
    assert scalars(tmp_path) == {
        "loss/total": {4: 5.0},  # (1·8 + 3·4) / 4
        "loss/discriminator": {4: 3.0},
        "images_per_second": {4: 2.0},
    }


def test_written_as_soon_as_due_and_the_rest_at_close(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, every=2, images_per_step=1)
    board.start(0, 100)
    board.after_step(2, {"loss/total": 1.0})
    assert scalars(tmp_path)["loss/total"] == {2: 1.0}
    board.after_step(3, {"loss/total": 7.0})
    board.close()
    board.close()
    assert scalars(tmp_path)["loss/total"] == {2: 1.0, 3: 7.0}


def test_a_resumed_run_adds_to_the_same_directory(tmp_path: Path) -> None:
    for first, last in [(0, 4), (4, 8)]:
        board = TensorBoard(tmp_path, every=4, images_per_step=1)
        board.start(first, last)
        for step in range(first + 1, last + 1):
            board.after_step(step, {"mask/mean": float(first)})
        board.close()
    assert scalars(tmp_path)["mask/mean"] == {4: 0.0, 8: 4.0}


def test_steps_before_start_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="start must be called"):
        TensorBoard(tmp_path, every=1, images_per_step=1).after_step(1, {"loss/total": 1.0})
