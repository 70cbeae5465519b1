from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cgn_tf.losses.adversarial import AdversarialOptions
from cgn_tf.losses.background import BackgroundOptions
from cgn_tf.losses.binary_entropy import BinaryEntropyOptions
from cgn_tf.losses.content import ContentOptions
from cgn_tf.losses.contract import Need
from cgn_tf.losses.image_diversity import ImageDiversityOptions
from cgn_tf.losses.inputs import LossInputs
from cgn_tf.losses.mask_border import MaskBorderOptions
from cgn_tf.losses.mask_diversity import MaskDiversityOptions
from cgn_tf.losses.mask_size import MaskSizeOptions
from cgn_tf.losses.reconstruction import ReconstructionOptions
from cgn_tf.losses.registry import LOSSES
from cgn_tf.losses.style import StyleOptions
from cgn_tf.losses.texture import TextureOptions
from cgn_tf.losses.weighted_sum import WeightedLoss, WeightedSum
from cgn_tf.options.declaration import leaves
from cgn_tf.types import Composite
from tests.losses.summed import summed

IMAGE = np.full((2, 8, 8, 3), 0.5, np.float32)
MASK = np.full((2, 8, 8, 1), 0.5, np.float32)
COMPOSITE = Composite(IMAGE, MASK, MASK, IMAGE, -IMAGE)


class OneTap:
    taps = (0,)

    def __call__(self, images: Any, taps: Any = None) -> list[Any]:
        return [images * 2]


def test_every_loss_is_computed_and_weighted() -> None:
    options = (
        AdversarialOptions(2.0), BinaryEntropyOptions(3.0), MaskSizeOptions(4.0), MaskBorderOptions(5.0, 2),
        MaskDiversityOptions(6.0), ImageDiversityOptions(7.0), ReconstructionOptions(8.0), BackgroundOptions(9.0),
        StyleOptions((0.1, 0, 0, 0)), ContentOptions((3, 0, 0, 0)), TextureOptions((0.2, 0, 0, 0)),
    )  # fmt: skip
    objective = summed(*options, features=OneTap(), saliency=lambda images: images[..., :1] ** 2)
    inputs = objective.inputs(
        COMPOSITE,
        reference=np.zeros_like(IMAGE),
        fake_scores=np.float32([0, 3]),
        patch_indices=np.zeros((2, 36), np.int32),
    )
    raw = objective(inputs)
    assert list(raw) == list(LOSSES)
    expected = {
        "adversarial": [1, 4],
        "binary_entropy": [1, 1],
        "mask_size": [0, 0],
        "mask_border": [0.49, 0.49],
        "mask_diversity": [1, 1],
        "image_diversity": [1, 1],
        "reconstruction": [0.5, 0.5],
        "style": [5000 * 0.01 / 3] * 2,
        "content": [3, 3],
        "texture": [5000 * 0.04 / 3] * 2,
        "background": [0.25, 0.25],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(raw[name], values, rtol=1e-5, err_msg=name)
    assert objective.weights == {
        "style": 1, "content": 1, "texture": 1, "adversarial": 2, "binary_entropy": 3, "mask_size": 4, "mask_border": 5,
        "mask_diversity": 6, "image_diversity": 7, "reconstruction": 8, "background": 9,
    }  # fmt: skip
    total = sum(objective.weights[name] * np.asarray(raw[name]) for name in LOSSES)
    np.testing.assert_allclose(objective.total(raw), total, rtol=1e-6)


def test_a_loss_without_weight_is_not_computed() -> None:
    class Never(OneTap):
        def __call__(self, images: Any, taps: Any = None) -> Any:
            raise AssertionError("computed")

    options = BinaryEntropyOptions(2.0), StyleOptions(), BackgroundOptions(), TextureOptions()
    objective = summed(*options, features=Never(), saliency=Never())
    assert list(objective(objective.inputs(COMPOSITE))) == ["binary_entropy"]
    assert not objective.needs_reference
    assert summed(ReconstructionOptions(1.0)).needs_reference


@pytest.mark.parametrize(
    ("options", "given", "missing"),
    [
        (AdversarialOptions(), {}, "fake_scores: expected the scores of a discriminator"),
        (BackgroundOptions(1.0), {}, "saliency: expected a network that finds objects"),
        (StyleOptions((1, 0, 0, 0)), {"reference": IMAGE}, "features: expected a feature network"),
        (ReconstructionOptions(1.0), {}, "reference: expected images to compare with"),
    ],
)
def test_what_a_loss_needs_and_does_not_get(options: Any, given: dict[str, Any], missing: str) -> None:
    objective = summed(options)
    with pytest.raises(ValueError, match=f"^{missing}, got None"):
        objective(objective.inputs(COMPOSITE, **given))


def test_a_plain_function_is_a_loss() -> None:
    def brightness(inputs: LossInputs) -> Any:
        return inputs.composite.image.numpy().mean(axis=(1, 2, 3))

    objective = WeightedSum({"brightness": WeightedLoss(2.0, brightness)})
    raw = objective(objective.inputs(COMPOSITE))
    np.testing.assert_allclose(objective.total(raw), [1, 1])


def test_a_weight_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match="expected weights other than 0, got 0 for one"):
        WeightedSum({"one": WeightedLoss(0.0, lambda inputs: None)})


@pytest.mark.parametrize("part", LOSSES.parts, ids=lambda part: part.name)
def test_the_contract_of_a_part(part: Any) -> None:
    """A loss has one name in flag, TensorBoard and code, and is off unless its weight says otherwise."""
    names = [leaf.name for leaf in leaves(part.options)]
    assert names[0] in (f"{part.name}_weight", f"{part.name}_weights")
    assert all(name.startswith(part.name) for name in names)
    assert part.paper_loss in ("", "rec", "shape", "text", "bg")
    needs = part.requires(part.options())
    assert needs <= set(Need)
    assert (Need.FEATURES in needs) == bool(part.feature_taps(part.options()))
