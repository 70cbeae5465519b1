from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.datasets.digits.colored import Colored
from cgn_tf.datasets.digits.digit_dataset import DigitDataset
from cgn_tf.datasets.digits.sources import Digits


def data(digits: Digits, *environments: float) -> DigitDataset:
    return DigitDataset(Colored(), digits, split_is_test=False, seed=0, environments=environments)


def test_environments_tie_the_factors_with_their_probability(digits: Digits) -> None:
    batch = data(digits, 1.0, 0.7, 0.0).batch(3, 30_000)
    shape, texture, background = (np.asarray(factor) for factor in batch.labels)
    environment = np.asarray(batch.environment)
    np.testing.assert_array_equal(environment, np.arange(30_000) % 3)
    assert batch.environment.dtype == "int32"
    for number, tie in enumerate((1.0, 0.7, 0.0)):
        own = environment == number
        for factor in (texture, background):
            # those that are drawn hit the class in a tenth of the cases
            assert (factor == shape)[own].mean() == pytest.approx(tie + (1 - tie) / 10, abs=0.02)
        both = ((texture == shape) & (background == shape))[own].mean()
        assert both == pytest.approx(tie + (1 - tie) / 100, abs=0.02)


def test_a_batch_is_a_function_of_the_step(digits: Digits) -> None:
    one, other = data(digits, 0.5, 0.1), data(digits, 0.5, 0.1)
    one.batch(0, 8)
    np.testing.assert_array_equal(one.batch(4, 8).image, other.batch(4, 8).image)
    assert np.any(np.asarray(one.batch(4, 8).image) != np.asarray(one.batch(5, 8).image))


def test_without_environments_all_is_as_before(digits: Digits) -> None:
    plain, tied = data(digits).batch(2, 8), data(digits, 1.0, 1.0).batch(2, 8)
    assert plain.environment is None
    np.testing.assert_array_equal(plain.image, tied.image)
    for factor in plain.labels:
        np.testing.assert_array_equal(factor, plain.labels.shape)


def test_a_test_split_has_none(digits: Digits) -> None:
    with pytest.raises(ValueError, match="environments: expected none of a test split"):
        DigitDataset(Colored(), digits, split_is_test=True, seed=0, environments=(1.0, 0.9))
