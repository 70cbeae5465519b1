"""Which classes counterfactuals are drawn from."""

from __future__ import annotations

from collections.abc import Sequence

from cgn_tf.datasets.class_names import ClassNames
from cgn_tf.errors import CommandError
from cgn_tf.types import Triplet

MODES = ("random", "best_classes", "fixed_classes", "same_classes")

BEST_CLASSES: Triplet[tuple[int, ...]] = Triplet(
    shape=(
        9, 18, 22, 35, 56, 63, 96, 97, 119, 207, 225, 260, 275, 323, 330, 350, 370, 403, 411, 414, 427, 438, 439, 441,
        460, 484, 493, 518, 532, 540, 550, 559, 561, 570, 604, 647, 688, 713, 724, 749, 751, 756, 759, 779, 780, 802,
        814, 833, 841, 849, 850, 859, 869, 872, 873, 874, 876, 880, 881, 883, 894, 897, 898, 900, 907, 930, 933, 945,
        947, 949, 950, 953, 963, 966, 967, 980,
    ),
    texture=(
        12, 15, 18, 25, 54, 66, 72, 130, 145, 207, 251, 267, 271, 275, 293, 323, 385, 388, 407, 409, 427, 438, 439,
        441, 454, 461, 468, 482, 483, 486, 490, 492, 509, 530, 555, 607, 608, 629, 649, 652, 681, 688, 719, 720, 728,
        737, 741, 751, 756, 779, 800, 810, 850, 852, 854, 869, 881, 907, 911, 930, 936, 937, 938, 941, 949, 950, 951,
        954, 957, 959, 963, 966, 985, 987, 992,
    ),
    background=(
        7, 9, 20, 30, 35, 46, 50, 65, 72, 93, 96, 97, 119, 133, 147, 337, 350, 353, 354, 383, 429, 460, 693, 801, 888,
        947, 949, 952, 953, 955, 958, 970, 972, 973, 974, 977, 979, 998,
    ),
)  # fmt: skip
"""ImageNet classes whose shapes, textures and backgrounds came out best, as the authors of the CGN published them."""


def choose_classes(mode: str, fixed: Sequence[str], names: ClassNames) -> Triplet[tuple[int, ...]]:
    """The classes of each factor, from which labels are drawn uniformly.

    Args:
        mode: "random" and "same_classes": all; "best_classes": `BEST_CLASSES`; "fixed_classes": `fixed`.
        fixed: shape, texture and background as index, WordNet id or name.
        names: of the model's classes.

    Raises:
        CommandError: an unknown class, or best classes for others than ImageNet's 1000.
    """
    if mode == "fixed_classes":
        return Triplet(*((names.index(text),) for text in fixed))
    if mode in ("random", "same_classes"):
        return Triplet.same(tuple(range(len(names.names))))
    if len(names.names) != 1000:
        raise CommandError(
            f"`mode=best_classes`: expected a model of ImageNet's 1000 classes, got {len(names.names)}; choose "
            "`mode=random`."
        )
    return BEST_CLASSES
