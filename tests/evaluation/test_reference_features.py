from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation import reference_features
from cgn_tf.evaluation.reference_features import compute_reference, kept_of, read_statistics, write_statistics
from cgn_tf.evaluation.reference_images import ReferenceImages
from cgn_tf.evaluation.resumable import ComputedRows
from cgn_tf.evaluation.scoring_network import ScoringNetwork

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
NETWORK = ScoringNetwork("means", "ab", 8, 3, lambda images: images.mean(axis=(1, 2)), lambda images: images[:, 0, 0])
IMAGES = ReferenceImages("30 images", "cd", 30, lambda start, stop, prepare: prepare(PIXELS[start:stop]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "made" / "statistics.npz"
    write_statistics(path, compute_reference(NETWORK, IMAGES, ComputedRows(tmp_path / "computed"), "real", 7))
    return path


def test_what_is_written_is_read(file: Path) -> None:
    found = read_statistics(file, NETWORK, IMAGES)
    means = (PIXELS / 127.5 - 1.0).mean(axis=(1, 2))
    np.testing.assert_allclose(found.kept, means, atol=1e-5)
    np.testing.assert_allclose(found.statistics.covariance, np.cov(means.T), atol=1e-6)
    assert found.statistics.count == 30
    assert found.record["about"] == "30 images"
    # without images what the file has of them is believed
    assert read_statistics(file, NETWORK, None).record == found.record


@pytest.mark.parametrize(
    ("network", "images", "message"),
    [
        (
            NETWORK._replace(name="others"),
            IMAGES,
            "statistics of features by others, got those of features by means",
        ),
        (NETWORK._replace(weights_sha256="xy"), None, "expected statistics of weights with the sha256 xy, got those"),
        (NETWORK._replace(size=9), None, "to 9×9, whatever the aspect, got those of images resized bicubic"),
        (
            NETWORK,
            ReferenceImages("", "ef", 30, IMAGES.read),
            "with the sha256 ef, got those of images with the sha256 cd",
        ),
    ],
)
def test_statistics_of_something_else_are_refused(
    file: Path, network: ScoringNetwork, images: ReferenceImages | None, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        read_statistics(file, network, images)
    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", mean=np.zeros(3))
    with pytest.raises(CommandError, match=r"a\.npz: has no record"):
        read_statistics(tmp_path / "a.npz", NETWORK, None)
    arrays = {"mean": np.zeros(3), "covariance": np.eye(3), "count": np.int64(9), "kept": np.zeros((9, 3))}
    np.savez(tmp_path / "b.npz", record=np.frombuffer(b"[]", np.uint8), **arrays)
    with pytest.raises(CommandError, match="expected statistics that this command wrote"):
        read_statistics(tmp_path / "b.npz", NETWORK, None)


def test_of_many_images_some_features_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_features, "KEPT", 4)
    np.testing.assert_array_equal(kept_of(np.arange(10)[:, None])[:, 0], [0, 2, 5, 7])
    assert len(kept_of(np.zeros((4, 2)))) == 4
