"""What the card of a data set says follows from what was done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.generation.class_choice import MODES, choose_classes
from cgn_tf.generation.config import PARTS, GenerateConfig
from cgn_tf.generation.counterfactuals import Counterfactuals, value_range
from cgn_tf.generation.dataset_card import DatasetCard
from cgn_tf.generation.finish import dataset_card
from cgn_tf.generation.mode_words import MODE_WORDS
from cgn_tf.generation.record_files import FilePlan
from cgn_tf.models.cgn import CGN
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.types import Triplet
from tests.flat_cgn import flat_cgn

FACTS: dict[str, Any] = {
    "plan": FilePlan(100, 10, 3),
    "class_names": list("0123456789"),
    "command": "python tools/generate.py",
    "made_by": "cgn_tf 1.2.3",
    "model": "runs/cgn",
    "step": 3,
    "sha256": "ab" * 32,
    "model_dataset": None,
    "seed": 5,
    "images_per_mask": 5,
    "truncation": 1.0,
    "texture_noise": 1.0,
    "mode": "random",
    "fixed": (),
    "parts": {"image": (32, 32, 3)},
    "cut": False,
    "takes_truncation": False,
    "shares_noise": False,
    "shifted": (),
    "whole_mask": False,
    "png": False,
}
FIXED = {"mode": "fixed_classes", "fixed": ("3", "7", "1")}
SAYS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "random": (
        {},
        ["# Counterfactuals of", "were\ndrawn independently.", "| labels are drawn from | all classes |",
         "a label of its own for its texture, and another for", "uniform over the classes above and independent"],
        ["no\ncounterfactuals", "best", "the same in every"],
    ),
    "data of the model": ({"model_dataset": "wildlife_mnist"}, ["| trained on | wildlife_mnist |"], []),
    "data that are not known": ({"model_dataset": None}, ["SHA-256 of its weights"], ["trained on"]),
    "best_classes": (
        {"mode": "best_classes"},
        ["drawn independently", "| labels are drawn from | the paper's best classes of each factor |",
         "uniform over the best classes of their factor and independent"],
        ["classes above"],
    ),
    "fixed_classes": (
        FIXED,
        ["the same in every image.", "| labels are drawn from | shape 3, texture 7, background 1 |",
         "For each shape one noise vector gives one mask", "No labels are drawn."],
        ["independent", "uniform", "one label"],
    ),
    "same_classes": (
        {"mode": "same_classes"},
        ["# Images of a CGN", "one label for shape, texture and background alike: no\ncounterfactuals",
         "all classes, the same for all three factors", "has the label of its shape for its texture and its background",
         "The label is uniform over the classes above."],
        ["independent", "# Counterfactuals", "of its own for its texture, and another for its background.\nThe label"],
    ),
    "noise of its own": ({}, ["has a noise vector of its own for its texture, and another for"], ["also that of"]),
    "one noise": (
        {"shares_noise": True},
        ["noise of a shape is also that of its textures"],
        ["a noise vector of its own", "are the same."],
    ),
    "one noise and one label": (
        {"shares_noise": True, "mode": "same_classes"}, ["So all images of one mask are the same."], []
    ),
    "one noise and fixed labels": ({"shares_noise": True, **FIXED}, ["So all images of one mask are the same."], []),
    "one noise, one label, one image": (
        {"shares_noise": True, "images_per_mask": 1, **FIXED}, ["which one image has."], ["are the same."]
    ),
    "an image a mask": (
        {"images_per_mask": 1},
        ["which one image has.", "![Below each image its shape, texture and background]"],
        ["consecutive", "neighbours", "A row has one shape", "last mask"],
    ),
    "images of a mask": (
        {},
        ["which 5 consecutive images have.\n", "many more than 5", "![A row has one shape; below each"],
        ["last mask"],
    ),
    "a last mask": ({"plan": FilePlan(103, 10, 3)}, ["images have. The last mask has only 3."], []),
    "plain noise": ({}, [], ["multiplied", "cut at", "batch norms", "shifted", "Every mask is 1"]),
    "truncation": ({"truncation": 0.5}, ["All noise is multiplied by 0.5."], ["cut at", "batch norms"]),
    "noise of textures": ({"texture_noise": 3.0}, ["of texture and background is multiplied by 3."], ["All noise"]),
    "both": (
        {"texture_noise": 3.0, "truncation": 1.5},
        ["All noise is multiplied by 1.5.\nThat of texture and background is multiplied by 3 besides."],
        [],
    ),
    "cut noise": ({"cut": True}, ["Noise is cut at two standard deviations."], ["batch norms", "multiplied"]),
    "statistics": (
        {"takes_truncation": True, "truncation": 0.5}, ["batch norms use the statistics of truncation 0.5."], ["cut at"]
    ),
    "shifts": (
        {"shifted": ("texture", "background")},
        ["Texture and background are shifted circularly by random offsets in [0, 32)."],
        [],
    ),
    "one shift": ({"shifted": ("background",)}, ["Background is shifted circularly"], ["Texture and background are"]),
    "whole masks": ({"whole_mask": True}, ["Every mask is 1: an image is its texture, and follows no label of"], []),
    "PNG files": ({"png": True}, ["`png/` holds the PNGs", "`labels.csv`"], ["end in"]),
    "PNG files of parts": (
        {"png": True, "parts": dict.fromkeys(("image", "mask", "premask"), (8, 8, 1))},
        ["end in `_mask`, `_premask`."],
        [],
    ),
    "no PNG files": ({}, [], ["`png/`", "labels.csv"]),
    "parts of digits": (
        {"parts": {"image": (32, 32, 3), "mask": (32, 32, 1), "premask": (32, 32, 1)}},
        ['example["image"]  # uint8 [32, 32, 3], 0 to 255 for -1 to 1',
         'example["mask"]  # uint8 [32, 32, 1], 0 to 255 for 0 to 1',
         'example["premask"]  # uint8 [32, 32, 1], 0 to 255 for -2 to 3'],
        [],
    ),
    "parts of BigGAN": (
        {"parts": {"image": (64, 64, 3), "premask": (64, 64, 3)}},
        ['example["premask"]  # uint8 [64, 64, 3], 0 to 255 for -1 to 1', "images, 64×64"],
        ['example["mask"]'],
    ),
}  # fmt: skip
"""Kind → facts that are other, what the card says, and what it does not say."""


@pytest.mark.parametrize("kind", SAYS)
def test_what_it_says(kind: str) -> None:
    changed, said, unsaid = SAYS[kind]
    card = DatasetCard(**FACTS | changed).markdown()
    assert [words for words in said if words not in card] == []
    assert [words for words in unsaid if words in card] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shares_noise", [True, False])
@pytest.mark.parametrize("images_per_mask", [1, 50])
def test_lines_are_short_and_whole(mode: str, shares_noise: bool, images_per_mask: int) -> None:
    changed = {"mode": mode, "shares_noise": shares_noise, "images_per_mask": images_per_mask, "cut": True, "png": True}
    changed |= {"shifted": ("texture", "background"), "parts": dict.fromkeys(PARTS, (32, 32, 3))}
    card = DatasetCard(**FACTS | changed)
    assert max(map(len, card.markdown().splitlines())) <= 120
    assert "{" not in card.markdown()
    assert card.summary.endswith("for shape, texture and background.")
    assert ("independent labels" in card.summary) == (mode in ("random", "best_classes"))


def test_every_mode_has_its_words() -> None:
    assert set(MODE_WORDS) == set(MODES)


@pytest.mark.parametrize("mode", ["random", "fixed_classes", "same_classes"])
def test_labels_are_what_the_card_says(mode: str) -> None:
    cgn = flat_cgn()
    classes = choose_classes(mode, ("3", "7", "1") if mode == "fixed_classes" else (), load_class_names(10, ""))
    batches = Counterfactuals(
        cgn, seed=0, shapes=50, images_per_mask=4, classes=classes, same_classes=mode == "same_classes"
    )
    draws = batches.draws(tf.constant(0, tf.int64))
    shape, texture, background = (np.asarray(labels) for labels in draws.labels)
    shape = shape.repeat(4)
    text = DatasetCard(**FACTS | {"mode": mode, "fixed": ("3", "7", "1")}).markdown()
    alike = np.array_equal(shape, texture) and np.array_equal(shape, background)
    assert alike == ("has the label of its shape" in text)
    assert (len({*zip(shape, texture, background, strict=True)}) == 1) == ("the same in every image" in text)
    assert (np.mean(shape == texture) < 0.3 and np.mean(texture == background) < 0.3 and mode == "random") == (
        "drawn independently" in text
    )
    assert Triplet(*draws.noise).texture.shape[0] == 200


@pytest.mark.parametrize(
    ("part", "channels", "expected"),
    [
        ("image", 3, (-1, 1)),
        ("mask", 1, (0, 1)),
        ("premask", 1, (-2, 3)),
        ("premask", 3, (-1, 1)),
        ("foreground", 3, (-1, 1)),
    ],
)
def test_ranges_of_the_parts(part: str, channels: int, expected: tuple[float, float]) -> None:
    assert value_range(part, channels) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (digit_cgn, {"shifted": ["texture", "background"]}),
        (partial(digit_cgn, texture="learned_image_crop"), {"shifted": ["background"]}),
        (partial(digit_cgn, masker="full"), {"whole_mask": True}),
        (flat_cgn, {"shares_noise": True, "takes_truncation": True, "cut": True}),
    ],
)
def test_facts_are_those_of_the_model(make: Callable[[], CGN], expected: dict[str, Any]) -> None:
    config = GenerateConfig(model="runs/cgn", output_dir="out", mode="same_classes", images_per_mask=5)
    origin = CheckpointSource(Path("runs/cgn"), 3, "ab" * 32)
    shapes = {"image": (32, 32, 3)}
    card = dataset_card(config, FilePlan(100, 10, 3), origin, make(), load_class_names(10, ""), shapes)
    found = {name: getattr(card, name) for name in ("cut", "takes_truncation", "shares_noise", "shifted", "whole_mask")}
    none = {"cut": False, "takes_truncation": False, "shares_noise": False, "shifted": [], "whole_mask": False}
    assert found == none | expected
    assert (card.mode, card.images_per_mask, card.step) == ("same_classes", 5, 3)
