from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.render.sample_grids import SampleGridInputs, draw_samples, sample_grids
from cgn_tf.types import Composite, Triplet

SIZE = 16


def coded(noise: np.ndarray, labels: Triplet[np.ndarray]) -> Composite:
    """Images whose colour is the labels: red the shape's, green the texture's, blue the background's."""
    level = np.stack(list(labels), axis=-1)[:, None, None] * 0.2 - 1.0
    image = np.broadcast_to(level, (len(noise), SIZE, SIZE, 3)).astype(np.float32)
    mask = np.full((len(noise), SIZE, SIZE, 1), 0.4, np.float32)
    return Composite(image, mask, 10.0 * mask, image, -image)


def test_inputs_are_fixed_by_the_seed() -> None:
    one, same, other = (SampleGridInputs.draw(10, 32, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.noise, same.noise)
    np.testing.assert_array_equal(one.rows[5].labels, same.rows[5].labels)
    assert np.abs(one.noise - other.noise).max() > 0.1
    assert one.noise.shape == (10, 32)
    assert one.noise.dtype == np.float32
    assert one.classes.tolist() == list(range(10))
    assert one.classes.dtype == np.int32


def test_each_of_the_first_rows_varies_one_factor_only() -> None:
    inputs = SampleGridInputs.draw(10, 32, seed=0)
    fixed: dict[str, int] = {}
    for factor, row in zip(Triplet._fields, inputs.rows, strict=False):
        assert row.title.startswith(f"{factor} varies")
        np.testing.assert_array_equal(getattr(row.labels, factor), np.arange(10))
        assert np.ptp(row.noise, axis=0).max() == 0.0  # one noise vector
        for name in set(Triplet._fields) - {factor}:
            (label,) = set(getattr(row.labels, name).tolist())
            assert fixed.setdefault(name, label) == label
            assert f"{name} {label}" in row.title
    assert len(set(fixed.values())) == 3
    np.testing.assert_array_equal(inputs.rows[0].noise, inputs.rows[2].noise)


def test_mixed_rows_draw_everything_and_say_what() -> None:
    inputs = SampleGridInputs.draw(10, 32, seed=0, mixed_rows=3)
    assert len(inputs.rows) == 6
    for row in inputs.rows[3:]:
        assert np.ptp(row.noise, axis=0).min() > 0.0
        assert row.captions[4] == f"{row.labels.shape[4]} {row.labels.texture[4]} {row.labels.background[4]}"
        assert all(labels.min() >= 0 and labels.max() < 10 for labels in row.labels)
    everything = np.array([row.labels for row in inputs.rows[3:]])
    assert len(np.unique(everything)) == 10


def test_many_classes_are_thinned_evenly() -> None:
    assert SampleGridInputs.draw(1000, 128, seed=0).classes.tolist() == list(range(0, 1000, 100))
    assert SampleGridInputs.draw(3, 4, seed=0).classes.tolist() == [0, 1, 2]


def test_sample_grids_show_the_images_where_they_belong() -> None:
    inputs = SampleGridInputs.draw(10, 4, seed=3, mixed_rows=2)
    reference = np.broadcast_to(np.linspace(-1, 1, 10)[:, None, None, None], (10, SIZE, SIZE, 3))
    grids = sample_grids(draw_samples(coded, inputs, reference), inputs, scale=2)
    cell = 2 * SIZE + 2
    parts = grids["parts"]
    left, top = parts.shape[1] - 10 * cell - 2, parts.shape[0] - 6 * cell - 2
    centres = parts[top + 2 + SIZE :: cell, left + 2 + SIZE :: cell].astype(int)  # [6, 10, 3]
    level = np.rint(np.arange(10) * 0.2 * 127.5)
    np.testing.assert_array_equal(centres[0], 255)  # premask 4 lies above its range
    np.testing.assert_array_equal(centres[1], 102)  # mask 0.4
    np.testing.assert_allclose(centres[2], np.repeat(level[:, None], 3, 1), atol=1)
    np.testing.assert_allclose(centres[3], 255 - np.repeat(level[:, None], 3, 1), atol=1)
    np.testing.assert_array_equal(centres[4], centres[2])
    np.testing.assert_allclose(centres[5, :, 0], np.arange(10) * 255 / 9, atol=1)

    mixed = grids["counterfactuals"]
    left = mixed.shape[1] - 10 * cell - 2
    top = mixed.shape[0] - 5 * cell - 2 - 2 * 19  # two rows have captions
    rows = [top + 2 + SIZE + r * cell for r in range(3)] + [top + 2 + SIZE + 3 * cell, top + 2 + SIZE + 4 * cell + 19]
    for y, row in zip(rows, inputs.rows, strict=True):
        shown = mixed[y, left + 2 + SIZE :: cell].astype(int)
        np.testing.assert_allclose(shown, level[np.stack(list(row.labels), axis=-1)], atol=1)


def test_without_reference_there_is_one_row_less_and_too_few_are_refused() -> None:
    inputs = SampleGridInputs.draw(10, 4, seed=3)
    reference = np.zeros((10, SIZE, SIZE, 3))
    with_row = sample_grids(draw_samples(coded, inputs, reference), inputs, scale=1)["parts"]
    without = sample_grids(draw_samples(coded, inputs), inputs, scale=1)["parts"]
    assert with_row.shape[0] - without.shape[0] == SIZE + 2
    with pytest.raises(ValueError, match="expected an image for each of 10, got 5"):
        draw_samples(coded, inputs, reference[:5])


def test_sample_grids_of_the_digit_cgn() -> None:
    cgn = digit_cgn()
    cgn.build()
    inputs = SampleGridInputs.draw(10, 32, seed=0)
    grids, again = (sample_grids(draw_samples(cgn, inputs), inputs) for _ in range(2))
    parts = cgn(inputs.noise, inputs.classes)
    for name, sample_grid in grids.items():
        np.testing.assert_array_equal(sample_grid, again[name])
        assert sample_grid.dtype == np.uint8
    cell = 3 * 32 + 2
    sample_grid = grids["parts"]
    left, top = sample_grid.shape[1] - 10 * cell - 2, sample_grid.shape[0] - 5 * cell - 2
    composite = sample_grid[top + 4 * cell + 2 :, left + 7 * cell + 2 :][: 3 * 32 : 3, : 3 * 32 : 3]
    expected = np.rint((np.asarray(parts.image)[7] + 1.0) * 127.5)
    np.testing.assert_allclose(composite.astype(int), expected, atol=1)


def test_classes_with_names_are_called_by_them() -> None:
    names = ["cat", "dog", "a very long name of a class"]
    inputs = SampleGridInputs.draw(3, 4, seed=0, class_names=names)
    assert inputs.titles == ("cat", "dog", "a very long n…")
    assert set(inputs.rows[-1].captions[0].split("\n")) <= set(inputs.titles)
    assert inputs.rows[0].title.startswith("shape varies\ntexture ")
    numbered = SampleGridInputs.draw(3, 4, seed=0)
    assert numbered.titles == ("0", "1", "2")
    np.testing.assert_array_equal(numbered.noise, inputs.noise)
