"""Whether a model is of the data set that it is used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.registry import DATASETS
from cgn_tf.errors import CommandError
from cgn_tf.options.dictionaries import option_values, to_dict
from cgn_tf.options.flags import as_text

_SHOWN = 5
"""Names of classes that a message lists."""


class OtherOption(NamedTuple):
    """An option with which a model was trained otherwise than it is to be tested.

    Attributes:
        then: the option with its value in the training, in backticks: "`test_share=0.1`".
        now: with that of the test.
    """

    then: str
    now: str


class TrainedOn(NamedTuple):
    """The data set of a model.

    Attributes:
        dataset: its name, by which the option `dataset` chooses it.
        class_names: what its classes are called; empty: they have no names. A name of a data set such as "folder" says
            little, so that these tell one from another.
    """

    dataset: str
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: DataConfig) -> TrainedOn:
        """That of a configuration.

        Raises:
            CommandError: the data cannot be had.
        """
        return cls(data.dataset, data.class_names)

    def __str__(self) -> str:
        """The name, with some of the classes."""
        shown = ", ".join(self.class_names[:_SHOWN])
        more = f" and {len(self.class_names) - _SHOWN} more" if len(self.class_names) > _SHOWN else ""
        return f"{self.dataset} ({shown}{more})" if shown else self.dataset


def trained_on(config: Mapping[str, Any] | None) -> TrainedOn | None:
    """The data set whose images a model was trained on, by the configuration that its checkpoint has.

    None where that is not known: of converted checkpoints, and of models that learned from labels and a generator
    instead of images.
    """
    data = (config or {}).get("data")
    name = data.get("dataset") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or (name in DATASETS and not DATASETS[name].has_images):
        return None
    return TrainedOn(name, recorded_class_names(config))


def refuse_other_dataset(place: object, what: str, found: TrainedOn | None, expected: TrainedOn) -> None:
    """Holds a model, or what it made, to go back to the images of the data set `expected`.

    Args:
        place: its directory.
        what: names it in errors: "a CGN".
        found: the data set that the model was trained on; None: not known, which is accepted.
        expected: the data set that it is used for.

    Raises:
        CommandError: it was trained on another one.
    """
    if found is None or found == expected:
        return
    other = found.dataset != expected.dataset
    shown = (found.dataset, expected.dataset) if other else (str(found), str(expected))
    remedy = f"set `dataset={found.dataset}`, or give" if other else "give the data that it was trained on, or"
    raise CommandError(
        f"{place}: expected {what} trained on {shown[1]}, got {what} trained on {shown[0]}; {remedy} another directory."
    )


def other_options(config: Mapping[str, Any] | None, data: DataConfig) -> list[OtherOption]:
    """What a model was trained with otherwise, of the options that say how images are divided and what they look like.

    Args:
        config: of the run, as its checkpoint records it; None: not known. Options that it does not have, as those of
            earlier versions, are held to be the same.
        data: of the same data set, as it is to be tested.

    Raises:
        CommandError: the data cannot be had.
    """
    recorded = (config or {}).get("data")
    if not isinstance(recorded, Mapping):
        return []
    then, now = option_values(recorded), option_values(to_dict(data))
    return [
        OtherOption(f"`{name}={as_text(then[name])}`", f"`{name}={as_text(now[name])}`")
        for name in data.held
        if name in then and then[name] != now[name]
    ]


def refuse_other_options(place: object, what: str, config: Mapping[str, Any] | None, data: DataConfig) -> None:
    """Holds a model to be tested on images that are divided and look as in its training.

    Args:
        place: its directory.
        what: names it in errors: "a CGN".
        config: of the run, as its checkpoint records it; see `other_options`.
        data: of the same data set, as it is to be tested.

    Raises:
        CommandError: they differ, so that the test could be of its training images; or the data cannot be had.
    """
    other = other_options(config, data)
    if not other:
        return
    then, now = (", ".join(values) for values in zip(*other, strict=True))
    raise CommandError(
        f"{place}: expected {what} trained with {now}, got {what} trained with {then}: images of its training could "
        f"count as test images, or look otherwise; set {then}, or give another directory."
    )
