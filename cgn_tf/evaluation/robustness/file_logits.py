"""The logits of a classifier for image files, kept batch by batch so that an interrupted run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.classifiers.predictions import Prepare, checked_logits, decoded_batches, traced
from cgn_tf.evaluation.resumable import ComputedRows

Squares = Callable[[int, int, Prepare], np.ndarray]
"""Start, stop, and uint8 [H, W, 3] → uint8 [S, S, 3] → uint8 [stop − start, S, S, 3]."""


class FileLogits:
    """Reads image files and asks a classifier.

    Args:
        classifier: its network is traced once for each size of images.
        computed: keeps what was computed.
        batch_size: images that the network sees at once.
    """

    def __init__(self, classifier: Classifier, computed: ComputedRows, batch_size: int) -> None:
        self.classifier = classifier
        self.computed = computed
        self.batch_size = batch_size
        self._network = traced(classifier.network)

    def of_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """The logits of squares, uint8 [B, S, S, 3] → float32 [B, H, K]; CommandError where they are none."""
        return checked_logits(self._network(pixels), self.classifier)

    def of_files(self, name: str, files: Sequence[Path], prepare: Prepare) -> np.ndarray:
        """The logits of image files.

        Args:
            name: of this set of files among those of the report.
            files: at least one.
            prepare: uint8 [H, W, 3] → uint8 [S, S, 3], of one size for all.

        Returns:
            float32 [N, H, K], the last, smaller batch included.

        Raises:
            CommandError: a file is no image, or the network fails.
        """

        def squares(start: int, stop: int, prepare: Prepare) -> np.ndarray:
            (pixels,) = decoded_batches(files[start:stop], prepare, stop - start)
            return pixels

        return self.of_squares(name, len(files), squares, prepare)

    def of_squares(self, name: str, count: int, squares: Squares, prepare: Prepare) -> np.ndarray:
        """The logits of images that are not files; see `of_files`.

        Args:
            name: see there.
            count: N, the number of images, at least 1.
            squares: gives the images from one number to another.
            prepare: see there.
        """
        return self.computed.rows(
            name, count, self.batch_size, lambda start, stop: self.of_pixels(squares(start, stop, prepare))
        )
