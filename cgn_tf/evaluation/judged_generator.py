"""A generator that is judged, whatever its kind: image after image, each a function of the seed and its number."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from cgn_tf import checkpoints
from cgn_tf.checkpoints.loading import CheckpointSource
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.judged_models import hold_to_data
from cgn_tf.models.cgn import CGN
from cgn_tf.models.folding import for_inference
from cgn_tf.models.maskers.full import FullMasker
from cgn_tf.models.networks.biggan import BigGAN
from cgn_tf.ops.clipping import as_uint8
from cgn_tf.random_streams import sample_draws
from cgn_tf.types import Triplet


class Drawn(NamedTuple):
    """Some images and their parts, as 8 bits; the parts are None where a generator draws whole images.

    Attributes:
        image: uint8 [B, H, W, 3].
        mask: uint8 [B, H, W, 1].
        foreground: uint8 [B, H, W, 3].
        background: uint8 [B, H, W, 3].
    """

    image: np.ndarray
    mask: np.ndarray | None = None
    foreground: np.ndarray | None = None
    background: np.ndarray | None = None


class JudgedGenerator:
    """Images of a CGN, of one that draws whole images (a GAN), or of a BigGAN.

    Image i has the class i mod C, so that all classes come in equal number, and noise and further labels of its own:
    they do not depend on how many images are drawn, nor on the sizes of batches.

    Args:
        model: a built `CGN` or `BigGAN`.
        seed: integer seed of noise, labels and shifts.
        truncation: factor on the noise.
        counterfactual: independent labels for texture and background; False: those of the shape.

    Raises:
        CommandError: another model, or a truncation that it does not take.
    """

    def __init__(self, model: Any, *, seed: int, truncation: float = 1.0, counterfactual: bool = False) -> None:
        if not isinstance(model, CGN | BigGAN):
            raise CommandError(f"expected a generator, a CGN or a BigGAN, got a {type(model).__name__}.")
        if model.takes_truncation and truncation > 1.0:
            raise CommandError(f"`truncation`: expected at most 1 for a BigGAN, got {truncation:g}.")
        self.num_classes: int = model.num_classes
        self.image_size: int = model.image_size
        self.has_parts = isinstance(model, CGN) and not isinstance(model.masker, FullMasker)
        self._seed, self._truncation, self._counterfactual = seed, truncation, counterfactual and self.has_parts
        self._shuffles = isinstance(model, CGN) and model.shuffles
        self._draws = sample_draws(model.noise_distribution, model.noise_dim, model.num_classes)
        self._model: Any = for_inference(model)
        drawing = self._parts if isinstance(model, CGN) else self._whole
        self._traced = tf.function(drawing, autograph=False, reduce_retracing=True)

    def labels(self, start: int, stop: int) -> Triplet[np.ndarray]:
        """The labels of images start to stop − 1, int32 [B] each."""
        shape = (np.arange(start, stop) % self.num_classes).astype(np.int32)
        if not self._counterfactual:
            return Triplet.same(shape)
        _, drawn = self._drawn(start, stop)
        return Triplet(shape, drawn.texture.numpy(), drawn.background.numpy())

    def draw(self, start: int, stop: int, labels: Triplet[np.ndarray] | None = None) -> Drawn:
        """Images start to stop − 1, with their own labels or with other ones and the same noise and shifts."""
        noise, _ = self._drawn(start, stop)
        random = np.random.default_rng(self._seed)
        offsets = random.integers(self.image_size, size=(stop, 2, 2))[start:].astype(np.int32)
        own = self.labels(start, stop) if labels is None else labels
        parts = self._traced(noise, Triplet(*map(tf.constant, own)), tf.constant(offsets))
        return Drawn(*(part.numpy() for part in parts))

    def _drawn(self, start: int, stop: int) -> tuple[Any, Triplet[Any]]:
        indices = np.arange(start, stop, dtype=np.int64)
        return self._draws(np.full_like(indices, self._seed), indices)

    def _parts(self, noise: Any, labels: Triplet[Any], offsets: Any) -> tuple[Any, ...]:
        composite = self._model(noise, labels, offsets=offsets if self._shuffles else None, truncation=self._truncation)
        image = as_uint8(composite.image)
        if not self.has_parts:
            return (image,)
        return image, as_uint8(composite.mask, 0.0, 1.0), as_uint8(composite.foreground), as_uint8(composite.background)

    def _whole(self, noise: Any, labels: Triplet[Any], offsets: Any) -> tuple[Any, ...]:
        del offsets
        return (as_uint8(self._model(self._truncation * noise, labels.shape, self._truncation)),)


class LoadedGenerator(NamedTuple):
    """A model, where it came from, and what its classes are called; empty names: they have none."""

    model: Any
    source: CheckpointSource
    class_names: tuple[str, ...]


def load_generator(directory: str, data: DataConfig | None) -> LoadedGenerator:
    """The generator of a work directory or a converted checkpoint.

    Args:
        directory: of the model.
        data: the data set whose images it is compared with, which it has to be of; None: any generator will do.

    Raises:
        CheckpointError: none that is sound.
        CommandError: another model, or one of another data set.
    """
    model, source = checkpoints.load_with_source(directory)
    if not isinstance(model, CGN | BigGAN):
        raise CommandError(f"{directory}: expected a generator, a CGN or a BigGAN, got a {type(model).__name__}.")
    if data is not None:
        hold_to_data(directory, model, source, "a generator", data)
    names = recorded_class_names(source.config) or (data.class_names if data is not None else ())
    return LoadedGenerator(model, source, names)
