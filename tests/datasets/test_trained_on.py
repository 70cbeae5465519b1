from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.datasets.config import DataConfig
from cgn_tf.datasets.trained_on import TrainedOn, refuse_other_dataset, refuse_other_options, trained_on
from cgn_tf.errors import CommandError
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from tests.datasets.image_folder import write_folder

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


def folder(root: Path, *flags: str) -> DataConfig:
    return parse(DataConfig, ["--dataset=folder", f"--data_dir={root}", *flags])


def record(data: DataConfig) -> dict[str, Any]:
    return {"data": to_dict(data)}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("test_share=0.1", "test_share=0.5"),
        ("validation_share=0.2", "validation_share=0.1"),
        ("fit=pad", "fit=crop"),
        ("alpha_colour=0,0,0", "alpha_colour=255,255,255"),
    ],
)
def test_images_that_were_divided_or_shown_otherwise_are_refused(then: str, now: str, tmp_path: Path) -> None:
    write_folder(tmp_path, {"cat": 2, "dog": 2})
    with pytest.raises(CommandError) as caught:
        refuse_other_options("here", "a CGN", record(folder(tmp_path, f"--{then}")), folder(tmp_path, f"--{now}"))
    assert str(caught.value) == (
        f"here: expected a CGN trained with `{now}`, got a CGN trained with `{then}`: images of its training could "
        f"count as test images, or look otherwise; set `{then}`, or give another directory."
    )


def test_every_option_that_differs_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, {"cat": 2, "dog": 2})
    then, now = folder(tmp_path, "--fit=pad"), folder(tmp_path, "--test_share=0.5")
    with pytest.raises(CommandError, match=r"got a CGN trained with `test_share=0\.1`, `fit=pad`: images of"):
        refuse_other_options("here", "a CGN", record(then), now)


def test_what_says_nothing_of_the_images_may_differ(tmp_path: Path) -> None:
    for place in ("one", "other"):
        write_folder(tmp_path / place, {"cat": 2, "dog": 2})
    then = folder(tmp_path / "one", "--bad_images=skip", "--alpha_colour=1,2,3")
    refuse_other_options("here", "a CGN", record(then), folder(tmp_path / "other", "--alpha_colour=1,2,3"))
    digits = [parse(DataConfig, [f"--digits={one}", f"--validation_size={two}"]) for one, two in
              (("sklearn", 0), ("tfds", 9))]  # fmt: skip
    refuse_other_options("here", "a CGN", record(digits[0]), digits[1])


def test_a_record_without_the_option_is_accepted(tmp_path: Path) -> None:
    write_folder(tmp_path, {"cat": 2, "dog": 2})
    now = folder(tmp_path, "--test_share=0.5")
    for known in (None, {}, {"data": {"dataset": "folder", "image": {"data_dir": "photos"}}}):
        refuse_other_options("here", "a CGN", known, now)


def test_a_share_of_a_split_that_the_data_have_may_differ(tmp_path: Path) -> None:
    write_folder(tmp_path, {f"{split}/{name}": 2 for split in ("train", "test") for name in ("cat", "dog")})
    then = record(folder(tmp_path))
    refuse_other_options("here", "a CGN", then, folder(tmp_path, "--test_share=0.5"))
    with pytest.raises(CommandError, match=r"got a CGN trained with `validation_share=0\.1`"):
        refuse_other_options("here", "a CGN", then, folder(tmp_path, "--validation_share=0.5"))
