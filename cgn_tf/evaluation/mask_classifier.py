"""A classifier of real binarised digits, which then tells what digit a generated mask shows."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from cgn_tf import keras_settings
from cgn_tf.datasets.digits.sources import Digits
from cgn_tf.datasets.digits.strokes import STROKE_ABOVE
from cgn_tf.random_streams import seed_keras

NUM_CLASSES = 10


def binarise(images: np.ndarray) -> np.ndarray:
    """Grey digits uint8 [N, H, W] → the stroke, float32 [N, H, W, 1], 0 or 1."""
    return (images[..., None] > STROKE_ABOVE).astype(np.float32)


def train_mask_classifier(digits: Digits, steps: int, batch_size: int, seed: int) -> keras.Model:
    """Trains a small convolutional classifier on the binarised strokes.

    Args:
        digits: real digits.
        steps: number of steps of Adam.
        batch_size: number of images in a step, drawn with replacement.
        seed: integer seed of the initial weights, the order of images and the dropout.

    Returns:
        Strokes [B, 32, 32, 1] → logits [B, 10].
    """
    keras_settings.check()
    seed_keras(seed)
    layers = keras.layers
    mask_classifier = keras.Sequential(
        [
            keras.Input((*digits.images.shape[1:], 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPool2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPool2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu"),
            layers.Dense(NUM_CLASSES),
        ],
        name="mask_classifier",
    )
    mask_classifier.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    strokes, random = binarise(digits.images), np.random.default_rng(seed)
    chosen = random.integers(len(strokes), size=(steps, batch_size))

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return steps

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            return strokes[chosen[index]], digits.labels[chosen[index]]

    mask_classifier.fit(Batches(), verbose=0, shuffle=False)
    return mask_classifier


def read(mask_classifier: Callable[[np.ndarray], object], strokes: np.ndarray, batch_size: int = 500) -> np.ndarray:
    """The classes that a classifier gives to strokes [N, H, W, 1]: int [N]."""
    parts = [strokes[start : start + batch_size] for start in range(0, len(strokes), batch_size)]
    return np.concatenate([np.argmax(np.asarray(mask_classifier(part)), axis=1) for part in parts])
