"""Objects with an alpha channel: placed on backgrounds, or with a photograph under what is transparent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf.challenge.build import build_challenge
from cgn_tf.challenge.config import BuildChallengeConfig
from cgn_tf.challenge.contract import Subject
from cgn_tf.challenge.sources.cutouts import Cutouts, backgrounds_of, in_the_middle
from cgn_tf.errors import CommandError
from tests.challenge.small import SIZE, inside, photograph, read, save

COLOURS = {"a": (200, 40, 40), "b": (40, 200, 40)}


def cutout(colour: tuple[int, int, int]) -> np.ndarray:
    """A rectangle of 4×8 pixels in one colour, in a corner of nothing, whose hidden colours differ."""
    image = np.zeros((20, 30, 4), np.uint8)
    image[..., :3] = (0, 0, 255)
    image[2:6, 1:9] = (*colour, 255)
    return image


@pytest.fixture
def config(tmp_path: Path) -> BuildChallengeConfig:
    for class_name, colour in COLOURS.items():
        for number in range(2):
            save(tmp_path / "cutouts" / class_name / f"{number}.png", cutout(colour))
    for number, grey in enumerate((100, 150)):
        random = np.random.default_rng(number)
        save(tmp_path / "behind" / f"{number}.png", random.integers(grey, grey + 20, (40, 60, 3), dtype=np.uint8))
    return BuildChallengeConfig(
        images=str(tmp_path / "cutouts"), masks="alpha", backgrounds=str(tmp_path / "behind"), object_size=0.5,
        size=SIZE, output_dir=str(tmp_path / "out"),
    )  # fmt: skip


def test_an_object_is_scaled_and_centred_without_its_hidden_colours() -> None:
    placed = in_the_middle(cutout((200, 40, 40)), 16, 0.5)
    expected = np.zeros((16, 16), np.uint8)
    expected[6:10, 4:12] = 255  # 8 of 16 pixels long: neither larger nor smaller
    np.testing.assert_array_equal(placed[..., 3], expected)
    assert (placed[expected > 0][:, :3] == (200, 40, 40)).all()
    larger = in_the_middle(cutout((200, 40, 40)), 64, 0.75)
    rows, columns = (np.flatnonzero(larger[..., 3].any(axis=axis)) for axis in (1, 0))
    assert (len(rows), len(columns)) == (24, 48)
    assert (larger[larger[..., 3] > 0][:, :3] == (200, 40, 40)).all()


def test_each_class_has_its_background(config: BuildChallengeConfig) -> None:
    source = Cutouts(config)
    subjects = source.load(source.items)
    for item, subject in zip(source.items, subjects, strict=True):
        assert isinstance(subject, Subject)
        assert subject.background is not None
        low = 100 if item.class_name == "a" else 150
        assert low - 10 <= subject.background.mean() - 10 <= low + 10
        np.testing.assert_array_equal(subject.image[subject.mask == 0], subject.background[subject.mask == 0])
        assert (subject.image[subject.mask == 1] == COLOURS[item.class_name]).all()
    one, other = (subject.background for subject in subjects[:2] if isinstance(subject, Subject))
    assert one is not None
    assert other is not None
    assert (one != other).any()  # each image shows a window of its own
    again = source.load(source.items[1:2])[0]
    assert isinstance(again, Subject)
    np.testing.assert_array_equal(again.background, other)


def test_mixed_sets_have_the_backgrounds_themselves(config: BuildChallengeConfig) -> None:
    build_challenge(config)
    out = Path(config.output_dir)
    mixed = read(out / "mixed_same" / "val" / "a" / "0__bg_a_1.png")
    background = read(out / "only_bg_t" / "val" / "a" / "1__bg_a_1.png")
    alpha = read(out / "fg_mask" / "val" / "a" / "0.png")
    np.testing.assert_array_equal(mixed, np.where(alpha == 255, np.uint8((200, 40, 40)), background))


def test_backgrounds_by_folder_or_by_order(tmp_path: Path) -> None:
    for name in ("x/1.jpg", "x/2.jpg", "y/1.jpg"):
        save(tmp_path / "folders" / name, np.zeros((4, 4, 3), np.uint8))
    assert backgrounds_of(tmp_path / "folders", ("x", "y")) == {"x": ["x/1.jpg", "x/2.jpg"], "y": ["y/1.jpg"]}
    with pytest.raises(CommandError, match="expected a background for each of 2 classes, got none for z"):
        backgrounds_of(tmp_path / "folders", ("x", "z"))
    assert backgrounds_of(tmp_path / "folders" / "x", ("p", "q")) == {"p": ["1.jpg"], "q": ["2.jpg"]}
    with pytest.raises(CommandError, match="got none for r"):
        backgrounds_of(tmp_path / "folders" / "x", ("p", "q", "r"))


def test_photographs_under_their_alpha_are_used_and_cut_outs_without_one_are_told(
    tmp_path: Path, config: BuildChallengeConfig
) -> None:
    for name in ("a/2", "a/3", "b/2", "b/3"):
        alpha = (inside() * 255).astype(np.uint8)[..., None]
        save(tmp_path / "cutouts" / f"{name}.png", np.concatenate([photograph(name), alpha], axis=-1))
    settings = {"images": config.images, "masks": "alpha", "size": SIZE, "feather": 0.0, "inpaint": "none"}
    with pytest.warns(UserWarning, match="4 of 8 images were left out, 4 of them for this reason: a cut-out, with one"):
        build_challenge(BuildChallengeConfig(**settings, output_dir=str(tmp_path / "o")))  # type: ignore[arg-type]
    np.testing.assert_array_equal(read(tmp_path / "o" / "original" / "val" / "a" / "2__bg_a_2.png"), photograph("a/2"))


def test_an_image_without_alpha_is_refused(tmp_path: Path, config: BuildChallengeConfig) -> None:
    save(tmp_path / "cutouts" / "a" / "9.png", photograph("a/9"))
    with pytest.raises(CommandError, match=r"9\.png: expected an image, got an image without an alpha channel"):
        build_challenge(config)
