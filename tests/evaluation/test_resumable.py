from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.resumable import resumable_report


def rows(start: int, stop: int) -> np.ndarray:
    return np.arange(start, stop, dtype=np.float32)[:, None]


def test_an_interrupted_run_computes_only_what_is_missing(tmp_path: Path) -> None:
    output, asked = tmp_path / "report", []

    def compute(start: int, stop: int) -> np.ndarray:
        asked.append(start)
        if start == 4 and len(asked) < 4:
            raise KeyboardInterrupt
        return rows(start, stop)

    with pytest.raises(KeyboardInterrupt), resumable_report(output, {"a": 1}) as computed:
        computed.rows("logits", 5, 2, compute)
    with resumable_report(output, {"a": 1}) as computed:
        found = computed.rows("logits", 5, 2, compute)
    np.testing.assert_array_equal(found, rows(0, 5))
    assert asked == [0, 2, 4, 4]
    assert not (output / "computed").exists()


def test_a_damaged_chunk_is_computed_again(tmp_path: Path) -> None:
    def compute(start: int, stop: int) -> np.ndarray:
        if start == 4:
            raise KeyboardInterrupt
        return rows(start, stop)

    with pytest.raises(KeyboardInterrupt), resumable_report(tmp_path, {}) as computed:
        computed.rows("logits", 5, 2, compute)
    damaged = tmp_path / "computed" / "logits_00000002.npz"
    damaged.write_bytes(damaged.read_bytes()[:40])
    with resumable_report(tmp_path, {}) as computed:
        np.testing.assert_array_equal(computed.rows("logits", 5, 2, rows), rows(0, 5))


def test_another_configuration_and_anothers_directory_are_refused(tmp_path: Path) -> None:
    with resumable_report(tmp_path / "one", {"seed": 1}):
        pass
    with pytest.raises(CommandError, match="seed"), resumable_report(tmp_path / "one", {"seed": 2}):
        pass
    with resumable_report(tmp_path / "suite", {"suite": "generator", "seed": 1}):
        pass
    with (
        pytest.raises(CommandError, match=r"of `suite=imagenet`, got that of a report of `suite=generator`; choose"),
        resumable_report(tmp_path / "suite", {"suite": "imagenet"}),
    ):
        pass
    with (
        pytest.raises(CommandError, match=r"got one whose config\.json is of something else; choose"),
        resumable_report(tmp_path / "one", {"suite": "imagenet"}),
    ):
        pass
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "letter.txt").write_text("mine")
    with pytest.raises(CommandError, match=r"letter\.txt"), resumable_report(tmp_path / "two", {"seed": 2}):
        pass


def test_two_processes_do_not_write_one_report(tmp_path: Path) -> None:
    with (
        resumable_report(tmp_path, {}),
        pytest.raises(CommandError, match="another process"),
        resumable_report(tmp_path, {}),
    ):
        pass
