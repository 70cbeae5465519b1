"""A small CGN, exported once."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf.checkpoints import Origin
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.serving import saved_model


@pytest.fixture(scope="session")
def cgn() -> CGN:
    """A CGN whose batch norms have statistics and scales that are not those of the start."""
    keras.utils.set_random_seed(0)
    model = digit_cgn(num_classes=5, noise_dim=8, gain=0.3)
    model.build()
    random = np.random.default_rng(0)
    for variable in model.variables:
        if variable.path.endswith(("moving_mean", "beta")):
            variable.assign(random.normal(0.0, 0.3, variable.shape))
        elif variable.path.endswith(("moving_variance", "gamma")):
            variable.assign(random.uniform(0.5, 2.0, variable.shape))
    return model


@pytest.fixture(scope="session")
def origin() -> Origin:
    """The checkpoint that it is of."""
    return Origin(Path("/home/somebody/runs/one/checkpoints/step_00000007"), 7, "0" * 64)


@pytest.fixture(scope="session")
def exported(cgn: CGN, origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its first version."""
    return saved_model.export(cgn, origin, tmp_path_factory.mktemp("serving") / "cgn", max_batch_size=6)
