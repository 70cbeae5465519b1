from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.training.callbacks.sample_grids import SampleGrids
from cgn_tf.training.samples import Pictures


def test_png_files_and_tensorboard_images(tmp_path: Path) -> None:
    drawn: list[np.ndarray] = []

    def make() -> Pictures:
        drawn.append(np.full((4, 6, 3), 10 * (len(drawn) + 1), np.uint8))
        cards = {"parts": drawn[-1] + 2, "all_mixed": drawn[-1] + 3}
        return Pictures({"parts": drawn[-1], "counterfactuals": drawn[-1] + 1}, cards)

    writer = SampleGrids(tmp_path / "a" / "sample_grids", every=100, logdir=tmp_path / "logs")
    writer.set_model(SimpleNamespace(samples=SimpleNamespace(pictures=make)))
    writer.start(0, 250)
    for step in range(10, 251, 10):
        writer.after_step(step, {})
    writer.close()
    writer.close()
    steps = [100, 200, 250]  # the last step, too
    files = sorted(path.name for path in (tmp_path / "a" / "sample_grids").iterdir())
    assert files == sorted(f"{name}_step_{step:08d}.png" for name in ("parts", "counterfactuals") for step in steps)
    image = np.array(Image.open(tmp_path / "a" / "sample_grids" / "counterfactuals_step_00000200.png"))
    np.testing.assert_array_equal(image, np.full((4, 6, 3), 21, np.uint8))

    (file,) = (tmp_path / "logs" / "sample_grids").glob("events.out.tfevents.*")
    logged: dict[tuple[str, int], np.ndarray] = {}
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            width, height, encoded = tf.make_ndarray(value.tensor)
            assert (int(width), int(height)) == (6, 4)
            logged[value.tag, event.step] = tf.io.decode_png(encoded).numpy()
    assert sorted(logged) == sorted(
        (name, step) for name in ("sample_grids/parts", "sample_grids/all_mixed") for step in steps
    )
    np.testing.assert_array_equal(logged["sample_grids/parts", 250], np.full((4, 6, 3), 32, np.uint8))


def test_pictures_alone(tmp_path: Path) -> None:
    writer = SampleGrids(tmp_path / "grids")
    pictures = Pictures({"a": np.zeros((2, 2, 3), np.uint8)}, {})
    writer.set_model(SimpleNamespace(samples=SimpleNamespace(pictures=lambda: pictures)))
    writer.start(0, 1)
    writer.after_step(1, {})
    writer.close()
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")] == ["grids/a_step_00000001.png"]


def test_another_trainer_is_refused_before_its_steps(tmp_path: Path) -> None:
    writer = SampleGrids(tmp_path / "grids")
    writer.set_model(SimpleNamespace())
    with pytest.raises(TypeError, match="expected a CGNTrainer, got a SimpleNamespace"):
        writer.start(0, 1)
    assert not (tmp_path / "grids").exists()
