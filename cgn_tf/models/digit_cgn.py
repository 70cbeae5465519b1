"""The CGN of the paper's digit experiments."""

from __future__ import annotations

from typing import Any

from cgn_tf.models.cgn import CGN
from cgn_tf.models.cgn_parts import CGNParts, ChosenMasker, ChosenMechanism
from cgn_tf.models.maskers.registry import MASKERS
from cgn_tf.models.mechanisms.registry import MECHANISMS
from cgn_tf.types import Triplet


def digit_cgn(
    num_classes: int = 10,
    noise_dim: int = 32,
    *,
    shape: str = "conv",
    texture: str = "conv",
    background: str = "conv",
    masker: str = "clip",
    **options: Any,
) -> CGN:
    """Three small conv nets with one shared label embedding, 32×32 (659,992 parameters as published).

    Args:
        num_classes: also the embedding's width.
        noise_dim: d of the noise.
        shape: name of the shape mechanism in `MECHANISMS`.
        texture: name of the texture mechanism.
        background: name of the background mechanism.
        masker: name of the masker in `MASKERS`.
        options: of these parts, by their names; what is not given is as published.

    Raises:
        ValueError: a name that no part has, or parts that do not fit together.
        TypeError: an option that none of the parts has.
    """
    unread = set(options)

    def chosen(part: Any) -> Any:
        own = {name: value for name, value in options.items() if name in part.options.__dataclass_fields__}
        unread.difference_update(own)
        return part.options(**own)

    parts = Triplet(*(MECHANISMS[name] for name in (shape, texture, background)))
    mechanisms = Triplet(*(ChosenMechanism(part, chosen(part)) for part in parts))
    made = CGNParts(mechanisms, ChosenMasker(MASKERS[masker], chosen(MASKERS[masker])))
    if unread:
        raise TypeError(f"options: expected those of the chosen parts, got {', '.join(sorted(unread))} besides.")
    return made.make(num_classes=num_classes, noise_dim=noise_dim)
