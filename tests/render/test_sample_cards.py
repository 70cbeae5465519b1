from __future__ import annotations

import numpy as np
import pytest

from cgn_tf.render.sample_cards import sample_cards
from cgn_tf.render.sample_grids import SampleGridInputs, SampleImages
from cgn_tf.types import Triplet

CARD_WIDTH = 350
"""Of TensorBoard."""
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def images(size: int, inputs: SampleGridInputs) -> SampleImages:
    """Each of one grey: 20 times its column, and 1 more in each row of the counterfactuals."""
    grey = 20 * np.arange(len(inputs.classes))[:, None, None, None] + np.zeros((1, size, size, 3))
    parts = dict.fromkeys(("premask", "mask", "foreground", "background", "image", "reference"), grey.astype(np.uint8))
    return SampleImages(parts, np.stack([(grey + row).astype(np.uint8) for row in range(len(inputs.rows))]))


@pytest.mark.parametrize("class_names", [(), NAMES])
@pytest.mark.parametrize("size", [32, 64, 256])
def test_cards_are_readable_at_the_size_that_tensorboard_gives_them(size: int, class_names: tuple[str, ...]) -> None:
    inputs = SampleGridInputs.draw(10, 4, seed=0, class_names=class_names)
    cards = sample_cards(images(size, inputs), inputs)
    varied = [f"{factor}_varies" for factor in Triplet._fields]
    assert list(cards) == ["parts", *varied, "all_mixed"]
    for name, card in cards.items():
        assert card.dtype == np.uint8
        assert card.shape[1] <= 1.3 * CARD_WIDTH, name  # letters of eleven pixels keep eight
        assert card.shape[0] <= 1_024, name


def test_every_image_is_on_its_card() -> None:
    inputs = SampleGridInputs.draw(10, 4, seed=0)
    cards = sample_cards(images(32, inputs), inputs)
    for name, row in (("texture_varies", 1), ("shape_varies", 0)):
        found = set(np.unique(cards[name][:, -4 * 66 :, 0]))
        assert {20 * column + row for column in range(10)} <= found
    found = set(np.unique(cards["all_mixed"][:, -4 * 66 :, 0]))
    assert {20 * column + row for column in range(10) for row in (3, 4)} <= found
    assert {20 * column for column in range(10)} <= set(np.unique(cards["parts"][:, -66:, 0]))  # the reference


def test_large_images_are_averaged() -> None:
    inputs = SampleGridInputs.draw(3, 4, seed=0)
    striped = np.zeros((3, 256, 256, 3), np.uint8)
    striped[:, :, ::2] = 200
    given = SampleImages({"image": striped}, np.stack([striped] * len(inputs.rows)))
    assert (sample_cards(given, inputs)["parts"] == 100).sum() == 3 * 64 * 64 * 3


def test_without_mixed_rows() -> None:
    inputs = SampleGridInputs.draw(2, 4, seed=0, mixed_rows=0)
    assert "all_mixed" not in sample_cards(images(32, inputs), inputs)
