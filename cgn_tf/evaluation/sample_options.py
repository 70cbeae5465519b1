"""Options that several suites share: how many images, which, and how many at once."""

from __future__ import annotations

from typing import Any

from cgn_tf.options.declaration import option
from cgn_tf.options.seeds import seed_option


def samples_option(help: str) -> Any:
    """A field for the number of images of a generator that are judged."""
    return option(2_000, help, minimum=10)


def truncation_option() -> Any:
    """A field for the truncation of the images of a generator."""
    return option(
        1.0,
        "Factor on the noise of the generator: below 1 images are more typical of their class and less varied.",
        above=0.0,
        maximum=2.0,
    )


def mask_classifier_steps_option() -> Any:
    """A field for the training of the classifier that reads masks."""
    return option(
        1_200,
        "Training steps, 128 images each, of the classifier that is trained on real strokes and then reads masks.",
        minimum=1,
    )


def sample_seed_option() -> Any:
    """A field for the seed of what is drawn where masks are read."""
    return seed_option(
        0,
        "Seed of the classifier that reads masks, and of noise and labels; images of data sets do not depend on it.",
    )


def batch_size_option() -> Any:
    """A field for the images that a classifier sees at once."""
    return option(32, "Images that the network sees at once; the figures do not depend on it.", minimum=1)
