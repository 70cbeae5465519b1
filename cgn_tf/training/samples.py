"""What a run's sample grids and mask checks look at: images of its network at noise that is the same at every step."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf.datasets.class_pools import class_examples
from cgn_tf.render.sample_cards import sample_cards
from cgn_tf.render.sample_grids import SampleGridInputs, draw_samples, sample_grids
from cgn_tf.types import Composite, Triplet

if TYPE_CHECKING:  # which makes its samples
    from cgn_tf.training.cgn_trainer import CGNTrainer

SEED = 0
FIXED_CLASSES = (251, 330, 385, 483, 751, 947)
"""Of ImageNet: dalmatian, wood rabbit, Indian elephant, castle, racer and mushroom, the paper's own."""

_SMALL = 64
_MASKS_PER_CLASS = 16


class Pictures(NamedTuple):
    """The images of a step, uint8 [H, W, 3] by name.

    Attributes:
        grids: for files: see `sample_grids`.
        cards: the same images for TensorBoard: see `sample_cards`.
    """

    grids: dict[str, np.ndarray]
    cards: dict[str, np.ndarray]


class Samples:
    """Draws for the callbacks of a run.

    Args:
        trainer: whose network is looked at: the moving average where there is one. The images of its data set stand
            beside it, black for a class that the data set does not have; without a data set, those of its reference
            generator.
    """

    def __init__(self, trainer: CGNTrainer) -> None:
        self._trainer = trainer
        generator = trainer.generator
        self._large = generator.image_size > _SMALL
        self._compiled = tf.function(
            lambda noise, labels: trainer.generator(noise, labels, truncation=trainer.truncation), autograph=False
        )
        classes = FIXED_CLASSES if generator.num_classes == 1000 else None
        self._inputs = SampleGridInputs.draw(
            generator.num_classes,
            generator.noise_dim,
            SEED,
            classes=classes,
            truncated=generator.noise_distribution != "normal",
            class_names=() if trainer.dataset is None else trainer.dataset.class_names,
        )

    def generate(self, noise: np.ndarray, labels: Triplet[np.ndarray]) -> Composite:
        """Noise [B, d] and labels int32 [B] each → composite of B images; large ones are made one by one."""
        size = 1 if self._large else len(noise)
        parts = [
            self._compiled(
                tf.constant(noise[i : i + size]), Triplet(*(tf.constant(label[i : i + size]) for label in labels))
            )
            for i in range(0, len(noise), size)
        ]
        return Composite(*(np.concatenate([np.asarray(part) for part in same]) for same in zip(*parts, strict=True)))

    def pictures(self) -> Pictures:
        """The sample grids, and the same images as cards."""
        images = draw_samples(self.generate, self._inputs, self._references())
        grids = sample_grids(images, self._inputs, 1 if self._large else 3)
        return Pictures(grids, sample_cards(images, self._inputs))

    def masks(self) -> tuple[np.ndarray, np.ndarray]:
        """Masks [N, H, W, 1] of some classes, and their labels [N]."""
        labels = self._inputs.classes
        if self._large:
            return np.asarray(self.generate(self._inputs.noise, Triplet.same(labels)).mask), labels
        generator = self._trainer.generator
        labels = np.repeat(np.arange(generator.num_classes, dtype=np.int32), _MASKS_PER_CLASS)
        noise = np.random.RandomState(SEED).standard_normal((len(labels), generator.noise_dim)).astype(np.float32)
        return np.asarray(self.generate(noise, Triplet.same(labels)).mask), labels

    def _references(self) -> np.ndarray | None:
        """[C, H, W, 3], an image beside each column of the parts."""
        if self._trainer.dataset is not None:
            return self._class_examples
        reference: Any = self._trainer.reference
        if reference is None:
            return None
        rows = zip(self._inputs.noise[:, None], self._inputs.classes[:, None], strict=True)
        return np.concatenate([np.asarray(reference(noise, tf.constant(label))) for noise, label in rows])

    @functools.cached_property
    def _class_examples(self) -> np.ndarray:
        """Looked for once: a class that is rare or missing takes a way through all data."""
        data: Any = self._trainer.dataset  # with images
        return class_examples(data, self._inputs.classes.tolist())


def samples_of(model: Any) -> Samples:
    """The samples of a trainer of a CGN.

    Raises:
        TypeError: another model, which has none.
    """
    found = getattr(model, "samples", None)
    if found is None:
        raise TypeError(f"expected a CGNTrainer, got a {type(model).__name__}, which has no sample grids.")
    samples: Samples = found
    return samples
