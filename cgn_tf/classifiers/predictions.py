"""What a classifier says about image files: decoded by several threads, a batch at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.errors import CommandError
from cgn_tf.files.image_file import FORMATS, ImageFileError, decode_in_thread, ignoring_exif_warnings

Prepare = Callable[[np.ndarray], np.ndarray]


def decoded_batches(files: Sequence[Path], prepare: Prepare, batch_size: int) -> Iterator[np.ndarray]:
    """Images of files in their order, uint8 [B, S, S, 3]; the last batch may be smaller.

    Args:
        files: of images.
        prepare: uint8 [H, W, 3] → uint8 [S, S, 3]: `Geometry.square`, for example. Of what it refuses with a
            CommandError the file is named.
        batch_size: B, at least 1.

    Raises:
        CommandError: a file cannot be read as an image, or `prepare` refuses it; it is named.
    """

    def decode(path: Path) -> np.ndarray:
        try:
            return prepare(decode_in_thread(path.read_bytes(), *FORMATS))
        except OSError as error:
            raise CommandError(f"{path}: cannot be read ({error.strerror}).") from error
        except ImageFileError as error:
            raise CommandError(f"{path}: expected an image, got {error}.") from error
        except CommandError as error:
            raise CommandError(f"{path}: {error}") from error

    with ignoring_exif_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), batch_size):
            yield np.stack(list(pool.map(decode, files[start : start + batch_size])))


def traced(network: Callable[[Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """A network that takes pixels: uint8 [B, S, S, 3] → what `network` gives for them in [-1, 1], as an array.

    Args:
        network: images float32 [B, S, S, 3] in [-1, 1] → a tensor: `Classifier.network` or `.features`.
    """

    @tf.function(autograph=False, reduce_retracing=True)
    def graph(pixels: Any) -> Any:
        return network(tf.cast(pixels, tf.float32) / 127.5 - 1.0)

    return lambda pixels: graph(tf.constant(pixels)).numpy()


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, in float64: [..., K] → [..., K]."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    shares: np.ndarray = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def checked_logits(logits: np.ndarray, classifier: Classifier) -> np.ndarray:
    """The logits [B, H, K], if they are those of the classifier.

    Raises:
        CommandError: another shape, or numbers that are not finite.
    """
    heads = max(1, len(classifier.heads))
    if logits.ndim != 3 or logits.shape[1:] != (heads, classifier.num_classes):
        raise CommandError(
            f"{classifier.name}: expected logits [images, {heads}, {classifier.num_classes}], got {list(logits.shape)}."
        )
    if not np.isfinite(logits).all():
        raise CommandError(f"{classifier.name}: expected finite logits, got NaN or infinity.")
    return logits
