"""Challenges of a CGN's images."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.challenge.build import build_challenge
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import Subject
from cgn_tf.challenge.sources.generated import GeneratedImages
from cgn_tf.errors import CommandError
from tests.challenge.small import read


def config(model: Path, output: Path, **changes: object) -> BuildChallengeConfig:
    settings = {"num_images": 40, "min_object": 0.0, "max_object": 1.0, "sheet_rows": 0, "output_dir": str(output)}
    return BuildChallengeConfig(model=str(model), **{**settings, **changes})  # type: ignore[arg-type]


def test_images_are_their_parts_and_follow_from_seed_and_number(untrained: Path, tmp_path: Path) -> None:
    source = GeneratedImages(config(untrained, tmp_path, num_images=12))
    assert [item.key for item in source.items[:2]] == ["0/00", "1/01"]
    assert [item.key for item in source.items[9:11]] == ["9/09", "0/10"]
    subjects = source.load(source.items)
    for subject in subjects:
        assert isinstance(subject, Subject)
        assert subject.foreground is not None
        assert subject.background is not None
        opacity = subject.mask[..., None]
        composed = opacity * subject.foreground + (1 - opacity) * subject.background
        np.testing.assert_allclose(subject.image, composed, atol=1.01)
    (alone,) = source.load(source.items[7:8])
    together = subjects[7]
    assert isinstance(alone, Subject)
    assert isinstance(together, Subject)
    np.testing.assert_allclose(alone.image.astype(int), together.image, atol=1)
    (other,) = GeneratedImages(config(untrained, tmp_path, num_images=12, seed=1)).load(source.items[7:8])
    assert isinstance(other, Subject)
    assert np.abs(other.image.astype(int) - together.image).max() > 2


def test_mixed_sets_put_the_foreground_of_one_on_the_background_of_another(untrained: Path, tmp_path: Path) -> None:
    source = GeneratedImages(config(untrained, tmp_path))
    subjects = [one for one in source.load(source.items) if isinstance(one, Subject)]
    threshold = float(np.median([one.mask.max() for one in subjects])) / 2  # so that there are objects
    build_challenge(config(untrained, tmp_path / "out", threshold=threshold, mixed_sets=("mixed_rand",)))
    by_number = {item.file: subject for item, subject in zip(source.items, subjects, strict=True)}
    with (tmp_path / "out" / "challenge.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "mixed_rand"]
    assert len(rows) >= 20
    for row in rows:
        shown, behind = by_number[row["foreground_file"]], by_number[row["background_file"]]
        assert shown.foreground is not None
        assert behind.background is not None
        opacity = shown.mask[..., None]
        expected = opacity * shown.foreground + (1 - opacity) * behind.background
        np.testing.assert_allclose(read(tmp_path / "out" / row["file"]), expected, atol=2.6)  # three roundings and one


def test_too_few_images_and_a_model_that_is_none(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="`num_images`: expected at least 10, one for each class"):
        build_challenge(config(untrained, tmp_path / "out", num_images=9))
    with pytest.raises(CommandError, match="expected a work directory"):
        build_challenge(config(tmp_path, tmp_path / "out"))
