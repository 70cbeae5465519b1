"""The command `build_challenge`: takes every image apart, mixes the parts, and tells what was made."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cgn_tf.challenge.config import MUTABLE, BuildChallengeConfig
from cgn_tf.challenge.contract import BACKGROUND, BINDING, FG_MASK, RECORD, SKIPPED, Item, Source, Subject
from cgn_tf.challenge.files import is_taken_apart, kept_file, set_file, write_made, write_parts
from cgn_tf.challenge.finish import finish
from cgn_tf.challenge.matting import on_background
from cgn_tf.challenge.mixing import Mix, check_mixable, mixes
from cgn_tf.challenge.parts import Limits, Manner, take_apart
from cgn_tf.challenge.sources.opening import open_source
from cgn_tf.challenge.tables import read_skipped, write_skipped
from cgn_tf.errors import CommandError
from cgn_tf.files.binding import ConfigBinding
from cgn_tf.files.lock import Lock
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.options.former_options import default_values
from cgn_tf.render.image_progress import ImageProgress
from cgn_tf.render.png import read_png_in_thread

_TOGETHER = 64
"""Mixed images that are handed to the threads at once."""

_WRITERS = 32
"""Threads, most of which wait for the disk to have what they wrote."""

T = TypeVar("T")


class ChallengeError(CommandError):
    """An output directory that cannot be had, or images of which no challenge can be made."""


def build_challenge(config: BuildChallengeConfig) -> None:
    """Makes the files that are not there yet, and prints how many there are.

    Raises:
        CommandError: no images, masks or backgrounds, classes that cannot be mixed, or an output directory of something
            else or that cannot be written.
    """
    source = open_source(config)
    check_mixable(source.items, source.class_names, config.mixed_sets)
    output = Path(config.output_dir)
    try:
        with _bound(output, config, source):
            left_out, made = _take_all_apart(source, config, output)
            kept = [item for item in source.items if item.key not in left_out]
            if not kept:
                reasons = Counter(left_out.values()).most_common(1)[0]
                raise ChallengeError(
                    f"{output}: expected images with objects, got none that can be used: of {reasons[1]:,} "
                    f"{reasons[0]}; {SKIPPED} has all reasons."
                )
            mixed = mixes(kept, source.class_names, config.mixed_sets, config.seed)
            made |= _mix_all(mixed, output)
            finished = (output / RECORD).exists() and not made
            if not finished:
                finish(output, config, source, kept, mixed, len(left_out))
    except OSError as error:
        reason = error.strerror or error
        raise ChallengeError(f"{output}: cannot be written ({reason}); check space and permissions.") from error
    _tell(output, kept, left_out, finished)


def _tell(output: Path, kept: Sequence[Item], left_out: dict[str, str], finished: bool) -> None:
    classes = len({item.class_name for item in kept})
    print(
        f"{output}: {'all is there; nothing to do: ' if finished else ''}each set has {len(kept):,} images of "
        f"{classes:,} classes; README.md tells what they are."
    )
    if left_out:
        reason, count = Counter(left_out.values()).most_common(1)[0]
        warnings.warn(
            f"{output}: {len(left_out):,} of {len(left_out) + len(kept):,} images were left out, {count:,} of them "
            f"for this reason: {reason}; {SKIPPED} has all.",
            stacklevel=2,
        )


def _bound(output: Path, config: BuildChallengeConfig, source: Source) -> Lock:
    """Makes the directory that of the configuration, images and masks included; the lock on it."""
    described = {name: value for name, value in to_dict(config).items() if name != "output_dir"}
    binding = ConfigBinding(output / BINDING, "a challenge", "`output_dir`", ChallengeError)
    return binding.hold({**described, **source.described}, MUTABLE, default_values(BuildChallengeConfig))


def _take_all_apart(source: Source, config: BuildChallengeConfig, output: Path) -> tuple[dict[str, str], bool]:
    """Makes what is made of each image alone; key of each image that is left out → why, and whether any was made.

    Images are loaded in the same batches whichever of them are there already: what a network gives for one may depend
    in its last bits on how many it sees at once.
    """
    known = read_skipped(output)
    left_out: dict[str, str] = dict(known or {})
    items = source.items
    missing = {item for item in items if item.key not in left_out and not is_taken_apart(output, item)}
    if not missing and known is not None:
        return left_out, False
    manner = Manner(
        config.threshold,
        config.feather,
        config.dilate,
        Limits(config.min_object, config.max_object, config.max_box),
        config.inpainter,
    )

    def make(item: Item, subject: Subject | str) -> str | None:
        parts = subject if isinstance(subject, str) else take_apart(subject, manner)
        if isinstance(parts, str):
            return parts
        write_parts(output, item, parts)
        return None

    def settle(begun: dict[Item, Future[str | None]]) -> None:
        reasons = {item.key: future.result() for item, future in begun.items()}
        left_out.update({key: reason for key, reason in reasons.items() if reason})
        progress.advance(len(begun))

    print(f"{output}: taking images apart.", file=sys.stderr, flush=True)
    with ImageProgress(len(items), len(items) - len(missing)) as progress, ThreadPoolExecutor(_WRITERS) as pool:
        begun: dict[Item, Future[str | None]] = {}
        for batch in _chunks(items, config.batch_size):
            if missing.isdisjoint(batch):
                continue
            loaded = zip(batch, source.load(batch), strict=True)  # while those before are written
            settle(begun)
            begun = {item: pool.submit(make, item, subject) for item, subject in loaded if item in missing}
        settle(begun)
    write_skipped(output, items, left_out)
    return left_out, True


def _mix_all(mixed: Sequence[Mix], output: Path) -> bool:
    """Makes the images of the mixed sets that are not there; returns whether there were any."""
    paths = {mix: output / set_file(*mix) for mix in mixed}
    missing = [mix for mix in mixed if not paths[mix].exists()]
    if not missing:
        return False

    def make(mix: Mix) -> None:
        on_black, background = (
            read_png_in_thread(output / name)
            for name in (set_file("only_fg", mix.item), kept_file(BACKGROUND, mix.behind))
        )
        opacity = read_png_in_thread(output / kept_file(FG_MASK, mix.item))[..., 0]
        write_made(paths[mix], on_background(on_black, opacity, background))

    print(f"{output}: mixing.", file=sys.stderr, flush=True)
    with ImageProgress(len(mixed), len(mixed) - len(missing)) as progress, ThreadPoolExecutor(_WRITERS) as pool:
        for chunk in _chunks(missing, _TOGETHER):
            list(pool.map(make, chunk))
            progress.advance(len(chunk))
    return True


def _chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
