"""The data sets by name."""

from __future__ import annotations

from cgn_tf.datasets.contract import DatasetPart
from cgn_tf.datasets.digits.colored import COLORED_MNIST
from cgn_tf.datasets.digits.double_colored import DOUBLE_COLORED_MNIST
from cgn_tf.datasets.digits.wildlife import WILDLIFE_MNIST
from cgn_tf.datasets.images.folder import FOLDER
from cgn_tf.datasets.images.tfds import TFDS
from cgn_tf.datasets.latent import LATENT
from cgn_tf.options.registry import Registry

DATASETS: Registry[DatasetPart] = Registry(
    "data set", [COLORED_MNIST, DOUBLE_COLORED_MNIST, WILDLIFE_MNIST, FOLDER, LATENT], [TFDS]
)
