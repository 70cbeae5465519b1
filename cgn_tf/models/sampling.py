"""Images of a CGN for a seed, with given labels or random ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from cgn_tf.options.seeds import LARGEST_SEED
from cgn_tf.types import Sample, Triplet

Labels = int | Sequence[int] | np.ndarray | None


class Sampling:
    """What a CGN of standard noise [n, d] and three labels can be asked for besides a call."""

    num_classes: int
    noise_dim: int
    noise_distribution: str

    def sample(
        self,
        n: int,
        *,
        shape: Labels = None,
        texture: Labels = None,
        background: Labels = None,
        labels: Labels = None,
        seed: int | Sequence[int] | np.ndarray = 0,
        truncation: Any = None,
    ) -> Sample:
        """Images that follow from the seed alone: counterfactuals, unless the labels are given as the same.

        Row i of the noise and of the drawn labels is the same whatever n is, and under every backend of Keras. All
        three factors of an image have one noise, as in training.

        Example:
            >>> sample = cgn.sample(8, shape=3, seed=1)  # eight threes of random texture and background
            >>> sample.image.shape, sample.labels.texture
            (TensorShape([8, 32, 32, 3]), array([1, 2, 1, 5, 6, 5, 1, 3], dtype=int32))

        Args:
            n: number of images.
            shape: label of the shape, an int or [n]; None: drawn, for each image and each factor independently of all
                others, every class as likely.
            texture: the same of the texture.
            background: the same of the background.
            labels: an int or [n], in place of the three: the label of all factors.
            seed: an integer for all images together; or [n], one for each, as the signature `sample` of a server takes
                them, which makes the same images.
            truncation: see `CGN.__call__`.

        Returns:
            `Sample` of n images, without shifts, with the labels and the noise that they are of.

        Raises:
            TypeError: n that is no whole number.
            ValueError: n below 1, a `Triplet` as `labels`, `labels` beside a factor's own, a seed that is neither or
                above 2^63 − 1, and as `CGN.__call__` does.
        """
        # TensorFlow draws the same numbers under every backend, and is needed for nothing else here
        from cgn_tf.random_streams import sample_draws

        factors = _factors(Triplet(shape, texture, background), labels)
        noise, drawn = sample_draws(self.noise_distribution, self.noise_dim, self.num_classes)(*_rows_of(seed, n))
        noise = noise.numpy()
        chosen = Triplet(*(y.numpy() if own is None else own for own, y in zip(factors, drawn, strict=True)))
        cgn: Any = self
        composite = cgn(noise, chosen, truncation=truncation)
        known = (np.broadcast_to(np.int32(ops.convert_to_numpy(own)), (n,)) for own in chosen)
        return Sample(composite, Triplet(*known), noise)


def _factors(own: Triplet[Any], labels: Any) -> Triplet[Any]:
    """The labels of the factors, None where one is drawn; `labels` in place of all of them."""
    if labels is None:
        return own
    if isinstance(labels, Triplet):
        raise ValueError("labels: expected one label of all factors, got a Triplet; give shape, texture, background.")
    if any(one is not None for one in own):
        raise ValueError("labels: expected none beside a label of shape, texture or background, got both.")
    return Triplet.same(labels)


def _rows_of(seed: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Seed and index of each row, int64 [n] both: rows of one seed are counted, each of its own seed is the first."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"n: expected a whole number of images, got {n!r}.")
    if n < 1:
        raise ValueError(f"n: expected at least 1 image, got {n}.")
    given = np.asarray(seed)
    if given.dtype.kind not in "iu" or given.shape not in ((), (n,)):
        raise ValueError(f"seed: expected an integer, or {n} of them, got {given.dtype} {list(given.shape)}.")
    if given.max() > LARGEST_SEED:  # which would become a negative one
        raise ValueError(f"seed: expected at most {LARGEST_SEED}, got {given.max()}.")
    indices = np.arange(n) if given.ndim == 0 else np.zeros(n, np.int64)
    return np.broadcast_to(given.astype(np.int64), (n,)), indices.astype(np.int64)
