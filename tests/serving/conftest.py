"""A small CGN and a classifier, each exported once, and the program that asks as a server does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.checkpoints import Origin
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.digit_classifier import DigitClassifier
from cgn_tf.serving import saved_model
from cgn_tf.serving.servable import Limits
from tests.serving.asked import MAX_PIXELS, MAX_ROWS
from tests.serving.c_loader import compiled


def trained(model: keras.Model) -> None:
    """Gives batch norms statistics and scales that are not those of the start."""
    random = np.random.default_rng(0)
    for variable in model.variables:
        if variable.path.endswith(("moving_mean", "beta", "bias")):
            variable.assign(random.normal(0.0, 0.3, variable.shape))
        elif variable.path.endswith(("moving_variance", "gamma")):
            variable.assign(random.uniform(0.5, 2.0, variable.shape))


@pytest.fixture(scope="session")
def cgn() -> CGN:
    keras.utils.set_random_seed(0)
    model = digit_cgn(num_classes=5, noise_dim=8, gain=0.3)
    model.build()
    trained(model)
    return model


@pytest.fixture(scope="session")
def classifier() -> DigitClassifier:
    keras.utils.set_random_seed(1)
    model = DigitClassifier()
    model.build()
    trained(model)
    return model


@pytest.fixture(scope="session")
def origin() -> Origin:
    """The checkpoint that they are of."""
    return Origin(Path("/home/somebody/runs/one/checkpoints/step_00000007"), 7, "0" * 64)


@pytest.fixture(scope="session")
def exported(cgn: CGN, origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the CGN's first version."""
    directory = tmp_path_factory.mktemp("serving") / "cgn"
    return saved_model.export(cgn, origin, directory, Limits(MAX_ROWS), ["no", "one", "two", "three", "a  few\n"])


@pytest.fixture(scope="session")
def exported_classifier(classifier: DigitClassifier, origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the classifier's first version."""
    directory = tmp_path_factory.mktemp("serving") / "classifier"
    return saved_model.export(classifier, origin, directory, Limits(MAX_ROWS, MAX_PIXELS))


@pytest.fixture(scope="session")
def served(exported: Path) -> Any:
    """The CGN's signatures, by name."""
    return tf.saved_model.load(str(exported)).signatures


@pytest.fixture(scope="session")
def served_classifier(exported_classifier: Path) -> Any:
    """The classifier's signatures, by name."""
    return tf.saved_model.load(str(exported_classifier)).signatures


@pytest.fixture(scope="session")
def c_loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled `loader.c`; skips where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("needs a C compiler (cc, gcc or clang), and there is none")
    return compiled(compiler, tmp_path_factory.mktemp("c_loader"))
