"""What is told of a classifier that does not read its test images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cgn_tf.assembly.classifier_config import ClassifierDataConfig, ClassifierRunConfig, TrainClassifierConfig
from cgn_tf.assembly.near_chance import near_chance
from cgn_tf.datasets.config import DataConfig
from cgn_tf.evaluation.classifier_metrics import ClassifierMetrics

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
VARIANTS = ("colored_mnist", "double_colored_mnist", "wildlife_mnist")


def metrics(test: float, train: float | None = 99.0) -> ClassifierMetrics:
    known: dict[str, Any] = {"variant": "colored_mnist", "method": "plain", "seed": 0, "steps": 1}
    known |= {"validation_accuracy": None, "official_test_accuracy": None, "configuration_hash": "0"}
    return ClassifierMetrics(**known, train_accuracy=train, test_accuracy=test, training_images=1)


def config(dataset: str = "colored_mnist", **training: Any) -> TrainClassifierConfig:
    return TrainClassifierConfig(
        data=DataConfig(dataset=dataset),
        training=ClassifierDataConfig(**training),
        run=ClassifierRunConfig(workdir="runs/one"),
    )


@pytest.mark.parametrize(("test", "classes", "is_near"), [
    (9.0, 10, True), (14.4, 10, True), (14.6, 10, False), (97.0, 10, False), (52.4, 2, True), (52.6, 2, False),
])  # fmt: skip
def test_near_chance_is_a_twentieth_of_the_way(test: float, classes: int, is_near: bool) -> None:
    assert bool(near_chance(config(), metrics(test), classes)) == is_near


@pytest.mark.parametrize("dataset", VARIANTS)
def test_original_images_teach_texture_and_background(dataset: str) -> None:
    assert near_chance(config(dataset), metrics(13.33), 10) == (
        "13.3 % of the test images are read right, and guessing reads 10 %: the classifier goes by texture and "
        "background, which follow the shape in the original training images and not in the test images. Train on "
        f"counterfactuals of a CGN; the recipe is configs/classifier_{dataset}.flags."
    )
    assert (CONFIGS / f"classifier_{dataset}.flags").is_file()


def test_what_was_never_learned() -> None:
    for train in (None, 11.0):
        told = near_chance(config(), metrics(10.0, train), 10)
        assert "the training images are not read either. Train for longer" in told
        assert told.endswith("the recipe is configs/classifier_colored_mnist.flags.")


def test_what_does_not_carry_over() -> None:
    told = near_chance(config(environments=(1.0, 0.9)), metrics(12.0), 10)
    assert "does not carry over to the test images" in told


@pytest.mark.parametrize("dataset", ["folder", "tfds:cifar10"])
def test_photographs_have_a_recipe_of_their_own(dataset: str) -> None:
    told = near_chance(config(dataset), metrics(10.0), 10)
    assert "does not carry over to the test images" in told  # whose textures are those of their classes, too
    assert told.endswith("the recipe is configs/classifier_folder.flags.")
    assert (CONFIGS / "classifier_folder.flags").is_file()


def test_guessing_has_one_decimal() -> None:
    assert "and guessing reads 33.3 %: " in near_chance(config("folder"), metrics(30.0), 3)
