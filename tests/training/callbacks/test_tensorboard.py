from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from cgn_tf.training.callbacks.tensorboard import TensorBoard


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def board_of(logdir: Path, batch_size: int, **options: Any) -> TensorBoard:
    """One that `fit` of a trainer would call."""
    board = TensorBoard(logdir, **options)
    board.set_model(SimpleNamespace(batch_size=batch_size))
    return board


def scalars(logdir: Path) -> dict[str, dict[int, float]]:
    """Tag → step → value over all event files, the newest file last."""
    found: dict[str, dict[int, float]] = {}
    files = sorted((logdir / "train").glob("events.out.tfevents.*"), key=lambda path: path.stat().st_mtime_ns)
    for record in tf.data.TFRecordDataset([str(path) for path in files]).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            array = tf.make_ndarray(value.tensor)
            if array.ndim == 0 and value.metadata.plugin_data.plugin_name != "text":
                found.setdefault(value.tag, {})[event.step] = float(array)
    return found


def test_means_over_the_interval_and_images_per_second(tmp_path: Path) -> None:
    clock = Clock()
    board = board_of(tmp_path, 16, every=4, clock=clock)
    board.start(0, 100)
    for step in range(1, 9):
        clock.now += 0.5
        board.after_step(step, {"raw/style": float(step), "learning_rate/shape": 0.25})
    board.close()
    assert scalars(tmp_path) == {
        "loss_style/raw": {4: 2.5, 8: 6.5},
        "settings/learning_rate/shape": {4: 0.25, 8: 0.25},
        "speed/images_per_second": {4: 32.0, 8: 32.0},
    }


def test_groups_count_by_their_steps_and_missing_logs_are_left_out(tmp_path: Path) -> None:
    clock = Clock()
    board = board_of(tmp_path, 1, every=4, clock=clock)
    board.start(0, 100)
    board.after_step(1, {"loss/total": 8.0})
    clock.now = 2.0
    board.after_step(4, {"loss/total": 4.0, "loss/discriminator": 3.0})
    board.close()
    assert scalars(tmp_path) == {
        "loss/total": {4: 5.0},  # (1·8 + 3·4) / 4
        "loss/discriminator": {4: 3.0},
        "speed/images_per_second": {4: 2.0},
    }


def test_written_as_soon_as_due_and_the_rest_at_close(tmp_path: Path) -> None:
    board = board_of(tmp_path, 1, every=2)
    board.start(0, 100)
    board.after_step(2, {"loss/total": 1.0})
    assert scalars(tmp_path)["loss/total"] == {2: 1.0}
    board.after_step(3, {"loss/total": 7.0})
    board.close()
    board.close()
    assert scalars(tmp_path)["loss/total"] == {2: 1.0, 3: 7.0}


def test_a_resumed_run_adds_to_the_same_directory(tmp_path: Path) -> None:
    for first, last in [(0, 4), (4, 8)]:
        board = board_of(tmp_path, 1, every=4)
        board.start(first, last)
        for step in range(first + 1, last + 1):
            board.after_step(step, {"mask/mean": float(first)})
        board.close()
    assert scalars(tmp_path)["mask/mean"] == {4: 0.0, 8: 4.0}


def test_steps_before_start_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="start must be called"):
        board_of(tmp_path, 1, every=1).after_step(1, {"loss/total": 1.0})


def test_the_configuration_is_shown_as_text(tmp_path: Path) -> None:
    config = {"run": {"seed": 3}}
    board = board_of(tmp_path, 1, every=1, config=config)
    board.start(5, 7)
    board.close()
    texts = {}
    (file,) = (tmp_path / "train").iterdir()
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            texts[value.tag, event.step] = tf.make_ndarray(value.tensor).item().decode()
    assert list(texts) == [("configuration", 5)]
    assert json.loads(texts["configuration", 5]) == config
