"""The models that an evaluation is about, from their directories."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from cgn_tf import checkpoints
from cgn_tf.checkpoints.loading import CheckpointSource
from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.trained_on import TrainedOn, refuse_other_dataset, refuse_other_options, trained_on
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.classifier_evaluation import check_seeds
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics, read_metrics
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.models.cgn import CGN
from cgn_tf.models.networks.digit_classifier import DigitClassifier

Model = TypeVar("Model", CGN, DigitClassifier)


class JudgedModels(NamedTuple):
    """What a report is of.

    Attributes:
        classifiers: directory, figures of its training, and model of each.
        cgns: directory and model of each.
    """

    classifiers: list[tuple[str, ClassifierMetrics, DigitClassifier]]
    cgns: list[tuple[str, CGN]]


def load_judged(request: SuiteRequest) -> JudgedModels:
    """The models of a report; nothing is loaded before it is known that the classifiers can be compared.

    Raises:
        CommandError: see `load_cgn`, `load_classifier`, `read_metrics` and `check_seeds`.
    """
    own, data = request.options, request.data
    found = [(directory, read_metrics(directory, data.dataset)) for directory in own.classifiers]
    check_seeds(found)
    cgns = [(directory, load_cgn(directory, data)) for directory in own.cgns]
    classifiers = [(directory, metrics, load_classifier(directory, data)) for directory, metrics in found]
    return JudgedModels(classifiers, cgns)


def load_cgn(directory: str, data: DataConfig) -> CGN:
    """The CGN of a work directory or converted checkpoint, to be judged as one of a data set.

    Raises:
        CheckpointError: none that is sound.
        CommandError: another model, one of images of another size or of other classes, or one that was trained on
            another data set, or with its images divided or shown otherwise (`test_share`, `fit`, for example).
    """
    return _of_data(directory, CGN, "a CGN", data)


def load_classifier(directory: str, data: DataConfig) -> DigitClassifier:
    """The classifier of a work directory; for errors see `load_cgn`."""
    return _of_data(directory, DigitClassifier, "a classifier", data)


def hold_to_data(directory: str, model: Any, origin: CheckpointSource, what: str, data: DataConfig) -> None:
    """Holds a model to have the classes and the images of a data set, and to be trained on it as it is read here.

    Args:
        directory: of the model, for errors.
        model: with `image_size` and `num_classes`.
        origin: where the model came from.
        what: names it in errors: "a CGN".
        data: the data set.

    Raises:
        CommandError: it is another one; see `load_cgn`.
    """
    size, classes = data.image_size, data.num_classes
    refuse_other_dataset(directory, what, trained_on(origin.config), TrainedOn.of(data))
    if model.image_size != size or model.num_classes != classes:
        raise CommandError(
            f"{_expected(directory, what, data)}, got one of {model.num_classes} classes and {model.image_size} pixels."
        )
    refuse_other_options(directory, what, origin.config, data)


def _of_data(directory: str, kind: type[Model], what: str, data: DataConfig) -> Model:
    model, origin = checkpoints.load_with_source(directory)
    if not isinstance(model, kind):
        raise CommandError(f"{_expected(directory, what, data)}, got a {type(model).__name__}.")
    hold_to_data(directory, model, origin, what, data)
    return model


def _expected(directory: str, what: str, data: DataConfig) -> str:
    return (
        f"{directory}: expected {what} of {data.num_classes} classes and images of {data.image_size} pixels, as "
        f"{data.dataset} has"
    )
