from __future__ import annotations

import re

import pytest

from cgn_tf.datasets.trained_on import TrainedOn, refuse_other_dataset, trained_on
from cgn_tf.errors import CommandError

PETS = TrainedOn("folder", ("cat", "dog"))


def test_what_a_checkpoint_records() -> None:
    assert trained_on({"data": {"dataset": "folder"}, "class_names": ["cat", "dog"]}) == PETS
    assert trained_on({"data": {"dataset": "colored_mnist"}}) == TrainedOn("colored_mnist")
    assert trained_on({"data": {"dataset": "latent"}}) is None
    assert trained_on(None) is None


def test_unknown_and_equal_data_sets_are_accepted() -> None:
    refuse_other_dataset("here", "a CGN", None, PETS)
    refuse_other_dataset("here", "a CGN", TrainedOn("folder", ("cat", "dog")), PETS)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            TrainedOn("folder", tuple("abcdef")),
            "here: expected a CGN trained on folder (cat, dog), got a CGN trained on folder (a, b, c, d, e and 1 more)",
        ),
        (TrainedOn("folder", ("dog", "cat")), "got a CGN trained on folder (dog, cat); give the data"),
        (
            TrainedOn("colored_mnist"),
            "here: expected a CGN trained on folder, got a CGN trained on colored_mnist; set `dataset=colored_mnist`",
        ),
    ],
)
def test_another_data_set_is_refused(found: TrainedOn, message: str) -> None:
    with pytest.raises(CommandError, match=re.escape(message)):
        refuse_other_dataset("here", "a CGN", found, PETS)
