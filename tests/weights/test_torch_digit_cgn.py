from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError
from cgn_tf.weights.torch_digit_cgn import KEYS, SKIPPED, digit_cgn_from_state
from cgn_tf.weights.torch_models import model_from_torch

Save = Callable[[Path, Mapping[str, np.ndarray]], Path]


def test_the_map_is_a_bijection_onto_the_models_variables(digit_state: dict[str, np.ndarray]) -> None:
    cgn = digit_cgn()
    cgn.build()
    assert set(KEYS) == {variable.path for variable in cgn.variables}
    used = [key for key, _ in KEYS.values()]
    assert len(set(used)) == len(used) == 49
    assert {*used, *SKIPPED} == set(digit_state)
    assert len(SKIPPED) == 8


def test_layouts(tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray]) -> None:
    cgn = model_from_torch(save_torch(tmp_path / "x.pth", digit_state))
    values = {variable.path: variable.numpy() for variable in cgn.variables}
    assert sum(v.numpy().size for v in cgn.trainable_variables) == 659_992
    noise = np.random.default_rng(1).standard_normal(42, np.float32)
    torch_map = (digit_state["f_text2.0.weight"] @ noise + digit_state["f_text2.0.bias"]).reshape(64, 8, 8)
    ours = (noise @ values["cgn/background/dense/kernel"] + values["cgn/background/dense/bias"]).reshape(8, 8, 64)
    np.testing.assert_allclose(ours, torch_map.transpose(1, 2, 0), atol=1e-4)
    kernel = values["cgn/shape/block1/kernel"]
    assert kernel[0, 2, 31, 0] == digit_state["f_shape.9.weight"][0, 31, 0, 2]
    np.testing.assert_array_equal(
        values["cgn/texture/image_norm/moving_variance"], digit_state["f_text1.11.running_var"]
    )
    np.testing.assert_array_equal(values["cgn/shape/block0/norm/beta"], digit_state["f_shape.5.bias"])
    np.testing.assert_array_equal(values["cgn/label_embedding/embeddings"], digit_state["label_emb.weight"])


def test_counters_may_be_absent_and_halves_are_widened(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray]
) -> None:
    halves = {key: array.astype(np.float16) for key, array in digit_state.items() if key not in SKIPPED}
    cgn = model_from_torch(save_torch(tmp_path / "x.pth", halves))
    np.testing.assert_array_equal(cgn.label_embedding.embeddings.numpy(), halves["label_emb.weight"])


def test_everything_that_does_not_fit_is_named(
    tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray]
) -> None:
    del digit_state["f_shape.4.weight"], digit_state["label_emb.weight"]
    digit_state["f_text3.0.weight"] = np.zeros(3, np.float32)
    digit_state["f_text1.0.weight"] = digit_state["f_text1.0.weight"].T
    digit_state["f_text1.3.weight"] = digit_state["f_text1.3.weight"].astype(np.float64)
    digit_state["f_text2.11.bias"] = np.zeros(3, np.int32)
    with pytest.raises(TorchCheckpointError) as caught:
        digit_cgn_from_state(digit_state, "x.pth")
    message = str(caught.value)
    for part in (
        "missing f_shape.4.weight",
        "missing label_emb.weight",
        "unexpected f_text3.0.weight",
        "f_text1.0.weight has shape (42, 4096), expected (4096, 42)",
        "f_text1.3.weight is float64, expected float32",
        "f_text2.11.bias is int32, expected float32",
    ):
        assert part in message
    assert message.count(";") == 5


def test_a_foreign_checkpoint_gives_a_short_message(tmp_path: Path, save_torch: Save) -> None:
    foreign = {f"layer{i}.weight": np.zeros(2, np.float32) for i in range(100)}
    with pytest.raises(TorchCheckpointError, match=r"missing label_emb.weight; .*and 41 more; .*and 92 more") as caught:
        digit_cgn_from_state(foreign, "x.pth")
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize("key", ["f_shape.5.running_mean", "f_text2.10.bias"])
def test_one_missing_key_is_enough(
    key: str, tmp_path: Path, save_torch: Save, digit_state: dict[str, np.ndarray]
) -> None:
    del digit_state[key]
    with pytest.raises(TorchCheckpointError, match=f"missing {key}"):
        digit_cgn_from_state(digit_state, "x.pth")
