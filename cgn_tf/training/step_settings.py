"""The numbers that a step of the CGN's training is made with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StepSettings:
    """Numbers that a step is made with.

    Attributes:
        batch_size: images in a batch over all replicas: what the per-example losses are divided by.
        embedding_owner: the factor whose optimizer also trains the shared label embedding.
        ema_decay: decay d of the moving average of the weights; 0: none is kept.
        micro_batches: parts of each replica's batch that are computed one after the other, with one update.
        truncation: that the CGN is called with.
        freeze_batch_norm_after: number of steps after which the mechanisms normalise with their stored statistics, in
            training as in generating; 0: never. With those of the batch a colour depends on the others of its batch,
            and is never learned more closely than these scatter. Not in the CGN paper.
    """

    batch_size: int
    embedding_owner: str = "shape"
    ema_decay: float = 0.0
    micro_batches: int = 1
    truncation: float = 1.0
    freeze_batch_norm_after: int = 0
