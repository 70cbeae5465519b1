"""The saliency network of a training: which input it has, and what earlier runs know of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf.assembly.resources import SaliencyOptions, saliency_of
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.json_file import write_json
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from tests.goldens.recipe import u2net_state
from tests.weights.onnx_files import u2net_model

IMAGENET = ["--flagfile=configs/imagenet.flags", "--workdir=unused"]
INPUT_OPTIONS = ("masker_size", "masker_normalisation", "masker_align_corners")


def test_random_weights_read_what_the_cgn_reads_unless_told_otherwise() -> None:
    usual = saliency_of(SaliencyOptions("random"), None, 3)
    assert (usual.input_size, usual.normalisation, usual.align_corners) == (None, "raw", True)
    told = saliency_of(SaliencyOptions("random", 48, "imagenet", "false"), "u2netp", 3)
    assert (told.input_size, told.normalisation, told.align_corners) == (48, "imagenet", False)
    for found, expected in zip(told.variables, usual.variables, strict=True):
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_weights_of_onnx(tmp_path: Path) -> None:
    (tmp_path / "u2netp.onnx").write_bytes(u2net_model(u2net_state("u2netp")).SerializeToString())
    found = saliency_of(SaliencyOptions(str(tmp_path / "u2netp.onnx")), None, 0)
    assert (found.input_size, found.normalisation, found.align_corners) == (320, "imagenet", False)
    with pytest.raises(ConfigError, match="expected those of u2net, got a u2netp"):
        saliency_of(SaliencyOptions(str(tmp_path / "u2netp.onnx")), "u2net", 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"masker_size": -2}, "`masker_size`: expected a whole number, at least -1"),
        ({"masker_normalisation": "caffe"}, "`masker_normalisation`: expected one of source, raw, imagenet"),
        ({"masker_align_corners": "yes"}, "`masker_align_corners`: expected one of source, true, false"),
    ],
)
def test_inputs_that_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SaliencyOptions("random", **values)


def test_a_run_of_before_these_options_goes_on(tmp_path: Path) -> None:
    described = to_dict(parse(TrainConfig, IMAGENET))
    (name,) = (name for name, values in described["resources"].items() if "masker_weights" in values)
    assert set(INPUT_OPTIONS) < set(described["resources"][name])
    former = {**described, "resources": {**described["resources"], name: {
        option: value for option, value in described["resources"][name].items() if option not in INPUT_OPTIONS
    }}}  # fmt: skip
    write_json(tmp_path / "config.json", former)
    binding = ConfigBinding(tmp_path / "config.json", "a run", "`workdir`", CommandError)
    changed = to_dict(parse(TrainConfig, [*IMAGENET, "--masker_size=192"]))
    with pytest.raises(CommandError, match=r"with another configuration .*masker_size"):
        binding.bind(changed, (), default_values(TrainConfig))
    binding.bind(described, (), default_values(TrainConfig))
