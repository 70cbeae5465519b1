from __future__ import annotations

from pathlib import Path

import pytest

from cgn_tf.benchmark.config import CONFIGURATIONS, FROM_FILES, IMAGENET_STEP, BenchmarkConfig
from cgn_tf.errors import ConfigError


def test_all_configurations_but_the_one_of_gigabytes_by_default_and_some_on_request() -> None:
    assert BenchmarkConfig().names == tuple(name for name in CONFIGURATIONS if name != IMAGENET_STEP)
    assert BenchmarkConfig(configurations=" wildlife_vgg16, quickstart,wildlife_vgg16 ").names == (
        "wildlife_vgg16",
        "quickstart",
    )
    assert BenchmarkConfig(configurations="").names == ()


def test_every_file_of_configs_for_digits_is_known() -> None:
    files = (Path(__file__).resolve().parents[2] / "configs").glob("*.flags")
    # what needs weights, a trained model or its images, and what other files include or go behind
    others = ("imagenet", "folder", "digits", "classifier", "counterfactuals", "paper", "gan", "digit_gan")
    assert sorted(FROM_FILES) == sorted(file.stem for file in files if not file.stem.startswith(others))


def test_digits_alone_by_default() -> None:
    config = BenchmarkConfig()
    assert (config.digits, config.imagenet) == (True, False)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"configurations": "quickstart,imagenet"}, "`configurations`: expected names out of quickstart.*got imagenet"),
        ({"seconds": 0.0}, "`seconds`: expected a number, above 0"),
        ({"repeats": 0}, "`repeats`: expected a whole number, at least 1"),
    ],
)
def test_wrong_values_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        BenchmarkConfig(**values)  # type: ignore[arg-type]
