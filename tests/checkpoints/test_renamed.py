"""Constructors of earlier versions in the words of this one."""

from __future__ import annotations

from typing import Any

import pytest

from cgn_tf.checkpoints import CheckpointError
from cgn_tf.checkpoints.loading import rebuild
from cgn_tf.checkpoints.renamed import REMOVED, with_present_names
from cgn_tf.models.mechanisms.constant_colour import ConstantColourMechanism
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.models.networks.u2net import U2Net


def node(name: str, /, **config: Any) -> dict[str, Any]:
    return {"module": None, "class_name": name, "registered_name": f"cgn_tf>{name}", "config": config}


def test_classes_and_arguments_under_their_present_names() -> None:
    former = node("CGN", noise="normal", mechanisms=[node("FlatMechanism", folded=False), node("CanvasMechanism",
                  canvas_size=40)], masker=node("OpaqueMasker", name="masker"))  # fmt: skip
    present = node("CGN", noise_distribution="normal", mechanisms=[node("ConstantColourMechanism"), node(
                   "LearnedImageCropMechanism", learned_image_size=40)],
                   masker=node("FullMasker", name="masker"))  # fmt: skip
    assert with_present_names(former) == present
    assert with_present_names(present) == present


@pytest.mark.parametrize("name", REMOVED)
def test_an_argument_that_is_gone_may_say_what_the_class_is_now(name: str) -> None:
    assert with_present_names(node(name, name="one", folded=False)) == node(name, name="one")
    with pytest.raises(CheckpointError, match=rf"^{name}: expected folded=False, got True; a network that is made for"):
        with_present_names(node(name, folded=True))


def test_norms_of_conv_were_synchronized_or_not() -> None:
    for value in (False, True):
        former = node("ConvMechanism", block_channels=[4, 1], synchronized=value, folded=False)
        assert with_present_names(former) == node("ConvMechanism", block_channels=[4, 1])


@pytest.mark.parametrize("folded", [False, True])
def test_a_u2net_that_was_folded_has_no_batch_norm(folded: bool) -> None:
    former = node("U2Net", name="u2net", variant="u2netp", align_corners=True, folded=folded)
    assert with_present_names(former) == node("U2Net", name="u2net", variant="u2netp", align_corners=True,
                                              batch_norm=not folded)  # fmt: skip
    network = rebuild(former, "here")
    assert isinstance(network, U2Net)
    assert len(network.variables) == (238 if folded else 686)


def test_models_of_earlier_versions_are_made() -> None:
    classifier = rebuild(node("DigitClassifier", name="c", num_classes=4, folded=False), "here")
    assert isinstance(classifier, DigitClassifier)
    assert classifier.num_classes == 4
    config = ConstantColourMechanism(name="texture").get_config()
    assert with_present_names(node("FlatMechanism", folded=False, **config)) == node(
        "ConstantColourMechanism", **config
    )
