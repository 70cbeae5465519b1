from __future__ import annotations

import keras
import pytest

from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn


@pytest.fixture(scope="package")
def digits() -> CGN:
    """A digit CGN with seeded weights whose images differ; not to be changed."""
    keras.utils.set_random_seed(3)
    model = digit_cgn(gain=1.0)
    model.build()
    return model
