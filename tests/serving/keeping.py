"""A client's transport that keeps what it is asked, and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.serving.client.metadata import Metadata, VersionStatus


class Transport:
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, np.ndarray]] = []

    def predict(self, signature: str, inputs: Mapping[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]:
        self.asked.append(dict(inputs))
        images = {"image": np.zeros((2, 1, 1, 3), np.uint8), "image_bytes": np.array([b"", b""], object)}
        return images | {"label": np.zeros(2, np.int64), "probabilities": np.ones((2, 1), np.float32)}

    def metadata(self, seconds: float) -> Metadata:
        raise NotImplementedError

    def status(self, seconds: float) -> list[VersionStatus]:
        raise NotImplementedError

    def close(self) -> None: ...
