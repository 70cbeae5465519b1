"""The names of logs in TensorBoard, which sorts its groups of charts by their names."""

from __future__ import annotations

_LOSS = "loss"
_KINDS = ("raw", "weighted")
_GROUPS = {"accuracy": "metrics", "images_per_second": "speed"}
_SETTINGS = ("learning_rate", "irm_weight")


def tag(log: str) -> str:
    """The tag of a log: losses first, and a loss term before and after its weight in one group.

    Example:
        >>> tag("loss/total"), tag("raw/style"), tag("learning_rate/shape"), tag("accuracy")
        ('loss/total', 'loss_style/raw', 'settings/learning_rate/shape', 'metrics/accuracy')
    """
    first, _, rest = log.partition("/")
    if first in _KINDS:
        return f"{_LOSS}_{rest}/{first}"
    if first in _SETTINGS or log == "loss_scale":
        return f"settings/{log}"
    return f"{_GROUPS[log]}/{log}" if log in _GROUPS else log


def log_of(tag: str) -> str:
    """The log of a tag; those of runs that were made before logs had tags of their own are the names of the logs."""
    first, _, rest = tag.partition("/")
    if first.startswith(f"{_LOSS}_") and rest in _KINDS:
        return f"{rest}/{first.removeprefix(f'{_LOSS}_')}"
    return rest if first in ("settings", *_GROUPS.values()) else tag
