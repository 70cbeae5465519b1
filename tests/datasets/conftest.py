"""What the tests of the data share: small digits and textures made here, and where the real ones lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.datasets.digits.sources import Digits
from cgn_tf.datasets.digits.textures import Textures


@pytest.fixture
def mnist_path(shared: Path) -> Path:
    path = shared / "data" / "mnist.npz"
    if not path.is_file():
        pytest.skip(f"real MNIST is not at {path}")
    return path


@pytest.fixture
def texture_directory(shared: Path) -> Path:
    path = shared / "data" / "textures"
    if not path.is_dir():
        pytest.skip(f"real textures are not in {path}")
    return path


@pytest.fixture
def digits() -> Digits:
    """37 images, each with its own index as its first two pixels' value, of classes 0, 1, ... 9, 0, ..."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (37, 32, 32), dtype=np.uint8)
    images[:, 0, 0] = np.arange(37)
    return Digits(images, (np.arange(37) % 10).astype(np.int32))


@pytest.fixture
def textures() -> Textures:
    """Noise: two different crops are different in nearly every pixel."""
    generator = np.random.default_rng(1)
    return Textures(*(generator.integers(0, 256, (10, 156, 156, 3), dtype=np.uint8) for _ in range(2)))


@pytest.fixture
def jpeg_directory(tmp_path: Path) -> Path:
    """object/ and background/ with ten plain JPEGs each; class N is grey 20 · N, backgrounds 5 brighter."""
    for name, brighter in (("object", 0), ("background", 5)):
        (tmp_path / name).mkdir()
        for label in range(10):
            image = np.full((40, 60, 3), 20 * label + brighter, np.uint8)
            (tmp_path / name / f"{label}_plain.jpg").write_bytes(tf.io.encode_jpeg(image, quality=100).numpy())
    return tmp_path
