"""Adversarial backgrounds: does a foreground keep its class on every one (Xiao et al. 2020, section 4)?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cgn_tf.classifiers.predictions import Prepare, decoded_batches
from cgn_tf.errors import CommandError
from cgn_tf.evaluation.robustness.background_sets import BACKGROUNDS, FOREGROUNDS, BackgroundSets, foreground_of
from cgn_tf.evaluation.robustness.file_logits import FileLogits
from cgn_tf.evaluation.robustness.readers import Readers
from cgn_tf.files.image_file import ImageFileError, read_image
from cgn_tf.files.listing import names_in

MASKS = "fg_mask"
BLACK_BELOW = 16
"""Pixels of only_fg whose channels are all below it belong to no foreground, where no mask says so: JPEGs blur."""
_TOGETHER, _LOADED = 8, 64
_MASK_SUFFIXES = (".npy", ".png")


class Challenge(NamedTuple):
    """Who was not fooled.

    Attributes:
        foregrounds: their number.
        backgrounds: on each of which every foreground was pasted.
        available: backgrounds that there are.
        masked: whether masks came from files; if not, from what is not black.
        holds: name of a reader → share of the foregrounds that it recognises on every background, in [0, 1].
    """

    foregrounds: int
    backgrounds: int
    available: int
    masked: bool
    holds: Mapping[str, float]


def can_challenge(sets: BackgroundSets) -> bool:
    """Whether there are foregrounds and backgrounds."""
    return {FOREGROUNDS, BACKGROUNDS} <= set(sets.sets)


def adversarial_challenge(
    sets: BackgroundSets, logits: FileLogits, readers: Readers, prepare: Prepare, limit: int
) -> Challenge:
    """Pastes each foreground of only_fg onto backgrounds of only_bg_t; it holds if it is recognised on all of them.

    Args:
        sets: with both of these; masks, bool arrays (.npy) or pictures (.png), may lie in fg_mask/val/CLASS.
        logits: of the classifier.
        readers: who decides.
        prepare: composite uint8 [H, W, 3] → what the network sees.
        limit: number of backgrounds, drawn with a fixed seed; all, where there are no more.

    Raises:
        CommandError: a file cannot be read, has no mask though others do, or is of another size.
    """
    foregrounds, available = sets.sets[FOREGROUNDS], sets.sets[BACKGROUNDS].files
    masks = mask_files(sets.root)
    chosen = np.arange(len(available))
    if limit < len(available):
        chosen = np.sort(np.random.default_rng(0).choice(len(available), limit, replace=False))
    backgrounds = _loaded([available[i] for i in chosen])

    def holds(number: int) -> np.ndarray:
        """Whether each reader recognises a foreground on every background."""
        image = _loaded([foregrounds.files[number]])[0]
        if image.shape != backgrounds.shape[1:]:
            raise CommandError(
                f"{sets.root}: expected {FOREGROUNDS} and {BACKGROUNDS} of one size, got {image.shape[0]}×"
                f"{image.shape[1]} and {backgrounds.shape[1]}×{backgrounds.shape[2]} pixels."
            )
        mask = _mask(foregrounds.names[number], image, masks)
        held = np.ones(len(readers.names), bool)
        for start in range(0, len(backgrounds), logits.batch_size):
            pasted = np.where(mask[..., None], image, backgrounds[start : start + logits.batch_size])
            decided = readers.decided(logits.of_pixels(np.stack([prepare(one) for one in pasted])))
            held &= (decided == foregrounds.labels[number]).all(axis=1)
            if not held.any():
                break
        return held

    def compute(start: int, stop: int) -> np.ndarray:
        return np.stack([holds(number) for number in range(start, stop)])

    rows = logits.computed.rows("challenge", len(foregrounds.names), _TOGETHER, compute)
    shares = dict(zip(readers.names, rows.mean(axis=0).tolist(), strict=True))
    return Challenge(len(rows), len(backgrounds), len(available), bool(masks), shares)


def mask_files(root: Path) -> dict[str, Path]:
    """What tells a foreground → the file of its mask; empty where there is no folder of masks.

    Raises:
        CommandError: there is such a folder without masks, or a foreground has two.
    """
    if not (root / MASKS).is_dir():
        return {}
    place = root / MASKS / "val" if (root / MASKS / "val").is_dir() else root / MASKS
    found: dict[str, Path] = {}
    for folder in names_in(place):
        for name in names_in(place / folder):
            path = place / folder / name
            if path.suffix.lower() not in _MASK_SUFFIXES:
                continue
            if (foreground := foreground_of(f"{folder}/{name}")) in found:
                raise CommandError(
                    f"{place}: expected one mask of each foreground, got {found[foreground].name} and {name} in "
                    f"{folder}; remove one."
                )
            found[foreground] = path
    if not found:
        raise CommandError(
            f"{place}: expected CLASS/NAME.npy or CLASS/NAME.png, the masks of {FOREGROUNDS}, got none; remove the "
            "folder to have foregrounds cut out where they are not black."
        )
    return found


def _mask(name: str, image: np.ndarray, masks: Mapping[str, Path]) -> np.ndarray:
    """The mask of a foreground, bool [H, W]."""
    if not masks:
        lit: np.ndarray = image.max(axis=2) >= BLACK_BELOW
        return lit
    path = masks.get(foreground_of(name))
    if path is None:
        raise CommandError(f"{MASKS}: expected a mask of every foreground, got none of {name}.")
    try:
        is_array = path.suffix.lower() == ".npy"
        values = np.load(path, allow_pickle=False) if is_array else read_image(path, "PNG")[..., 0] > 127
    except (OSError, EOFError, ValueError, ImageFileError) as error:
        raise CommandError(f"{path}: expected a mask, got what cannot be read ({error}).") from error
    expected = f"{path}: expected a mask, true or false or a whole number for each of {list(image.shape[:2])} pixels"
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "bui":
        raise CommandError(f"{expected}, got {getattr(values, 'dtype', 'several arrays')}.")
    if values.shape != image.shape[:2]:
        raise CommandError(f"{expected}, got {list(values.shape)}.")
    mask: np.ndarray = values != 0
    return mask


def _loaded(files: list[Path]) -> np.ndarray:
    """Images of one size, uint8 [N, H, W, 3]; CommandError where they are of several."""
    first: list[tuple[int, ...]] = []

    def same_size(image: np.ndarray) -> np.ndarray:
        first.append(image.shape)
        if image.shape != first[0]:
            raise CommandError(
                f"expected an image of {first[0][0]}×{first[0][1]} pixels, as others beside it are, got "
                f"{image.shape[0]}×{image.shape[1]}."
            )
        return image

    return np.concatenate(list(decoded_batches(files, same_size, _LOADED)))
