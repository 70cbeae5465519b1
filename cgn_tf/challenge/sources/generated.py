"""Images of a CGN, which makes masks, objects and the backgrounds behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cgn_tf import checkpoints
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import Item, Subject
from cgn_tf.challenge.sources.listing import folder_name
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.models.folding import for_inference
from cgn_tf.render.grid import to_uint8


class GeneratedImages:
    """Images of a CGN with one label for all three factors; image i is of class i modulo the number of classes.

    Its noise follows from the seed and i alone.

    Raises:
        CommandError: no model, one that is no CGN, or fewer images than classes.
    """

    owner = (
        "The images were made by a network. Who may use them, and how, depends on the photographs that it was trained "
        "on; this program claims nothing of them."
    )

    def __init__(self, config: BuildChallengeConfig) -> None:
        cgn, origin = checkpoints.load_with_source(config.model)
        if not isinstance(cgn, CGN):
            raise CommandError(f"{config.model}: expected a CGN, got a {type(cgn).__name__}.")
        if config.truncation > 1.0 and cgn.takes_truncation:
            raise CommandError(f"`truncation`: expected at most 1 of this CGN, got {config.truncation:g}.")
        if config.num_images < cgn.num_classes:
            raise CommandError(
                f"`num_images`: expected at least {cgn.num_classes}, one for each class of {config.model}, got "
                f"{config.num_images}."
            )
        recorded = recorded_class_names(origin.config)
        names = load_class_names(cgn.num_classes, config.class_names, recorded).unique
        folders = [folder_name(name) for name in names]
        self.class_names = folders if len(set(folders)) == len(folders) else list(map(str, range(len(names))))
        self.described: Mapping[str, Any] = {"model_step": origin.step, "model_sha256": origin.sha256}
        self._cgn = for_inference(cgn)
        self._config = config
        digits = len(str(config.num_images - 1))
        self.items = [
            Item(self.class_names[i % cgn.num_classes], f"{i:0{digits}}", str(i)) for i in range(config.num_images)
        ]

    def load(self, items: Sequence[Item]) -> list[Subject | str]:
        """See `Source.load`."""
        numbers = [int(item.file) for item in items]
        sample = self._cgn.sample(
            len(items),
            labels=np.array(numbers) % self._cgn.num_classes,
            seed=np.array([_seed(self._config.seed, number) for number in numbers], np.int64),
            truncation=self._config.truncation,
        )
        image, mask, _, foreground, background = (np.asarray(part) for part in sample.composite)
        opacity = np.clip(mask[..., 0], 0.0, 1.0).astype(np.float32)
        return [
            Subject(*parts)
            for parts in zip(to_uint8(image), opacity, to_uint8(background), to_uint8(foreground), strict=True)
        ]


def _seed(seed: int, number: int) -> int:
    """The seed of one image, 63 bits."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8]) >> 1
