"""A small CGN and a classifier, each exported once, and the program that asks as a server does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import Limits
from tests.serving.asked import MAX_PIXELS, MAX_ROWS
from tests.serving.c_loader import compiled
from tests.serving.models import ORIGIN, small_cgn, small_classifier


@pytest.fixture(scope="session")
def cgn() -> CGN:
    return small_cgn()


@pytest.fixture(scope="session")
def classifier() -> DigitClassifier:
    return small_classifier()


@pytest.fixture(scope="session")
def origin() -> CheckpointSource:
    """The checkpoint that they are of."""
    return ORIGIN


@pytest.fixture(scope="session")
def exported(cgn: CGN, origin: CheckpointSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the CGN's first version."""
    directory = tmp_path_factory.mktemp("serving") / "cgn"
    return saved_model.export(cgn, origin, directory, Limits(MAX_ROWS), ["no", "one", "two", "three", "a  few\n"])


@pytest.fixture(scope="session")
def exported_classifier(
    classifier: DigitClassifier, origin: CheckpointSource, tmp_path_factory: pytest.TempPathFactory
) -> Path:
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
