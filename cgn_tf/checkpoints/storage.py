"""Checkpoints on the disk: saved atomically, the last few kept, verified before they are read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from cgn_tf.checkpoints.manifest import (
    CheckpointError,
    FileRecord,
    Manifest,
    NewerFormatError,
    UnreadableError,
    decode,
    encode,
    is_file_name,
)
from cgn_tf.checkpoints.readable import readable, unreadable
from cgn_tf.files.atomic import sync_directory, write_file
from cgn_tf.files.directories import PartialDirectory, remove_directory, remove_leftovers
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

MANIFEST = "manifest.json"

_STEP = re.compile(r"step_(\d{8,})")
_SUFFIX = ".safetensors"
_INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_DTYPES = ("float16", "float32", "float64", *_INTEGERS, "bool")

Groups = Mapping[str, Mapping[str, np.ndarray]]


class NonFiniteError(CheckpointError):
    """The state to save holds NaN or infinity."""


class Checkpoint(NamedTuple):
    """A checkpoint in memory: arrays by group ("model", "ema", "training") and name, and what the manifest says.

    `files` has the size and SHA-256 of each file, by its name, `GROUP.safetensors`.
    """

    step: int
    groups: dict[str, dict[str, np.ndarray]]
    model: Mapping[str, Any]
    config: Mapping[str, Any] | None
    path: Path
    files: Mapping[str, FileRecord]


def save(
    directory: str | Path,
    step: int,
    groups: Groups,
    *,
    model: Mapping[str, Any],
    config: Mapping[str, Any] | None,
    keep: int,
) -> Path:
    """Writes a checkpoint and then removes those before the last `keep`; a directory has one writer at a time.

    A process killed at any moment leaves the checkpoints that were there, with or without the new one. If `step` is
    there with the same arrays it stays; if it is damaged or differs it is replaced, and for that instant only the
    checkpoints before it count.

    Args:
        directory: created where missing.
        step: number of steps done.
        groups: arrays by group and name; a group is a file, so its name is lower case, digits and underscores.
        model: serialised constructor of the model, from which `load` makes it again.
        config: configuration of the run, or None.
        keep: number of checkpoints to keep, this one among them.

    Returns:
        The checkpoint's folder.

    Raises:
        NonFiniteError: an array holds NaN or infinity; nothing is written or removed.
        UnreadableError: whether `step` is there cannot be found out; nothing is written or removed.
        CheckpointError: the disk refuses, or an array has a type that the format lacks.
        ValueError: negative `step`, `keep` below 1, or a group that cannot be a file's name.
    """
    if step < 0 or keep < 1:
        raise ValueError(f"expected step of at least 0 and keep of at least 1, got {step} and {keep}.")
    _check_arrays(step, groups)
    directory = Path(directory)
    target = directory / step_name(step)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        remove_leftovers(directory)
        if not _holds(target, groups):
            _write(target, step, groups, model, config)
        # Later ones are what a resumed run found damaged; they must not crowd out the good ones.
        for old in [known for known in available(directory) if known <= step][:-keep]:
            remove_directory(directory / step_name(old))
    except OSError as error:
        raise CheckpointError(f"{target}: saving failed ({error}); check space and permissions.") from error
    return target


def available(directory: str | Path) -> list[int]:
    """The steps of which `directory` has a checkpoint, sound or not, ascending; none where it does not exist.

    Raises:
        UnreadableError: what it holds cannot be found out.
    """
    try:
        with os.scandir(directory) as entries:
            matches = [_STEP.fullmatch(entry.name) for entry in entries if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(directory, error) from error
    return sorted(int(match[1]) for match in matches if match)


def read(path: str | Path) -> Checkpoint:
    """Reads one checkpoint's folder; sizes and checksums are verified before anything is parsed.

    Raises:
        NewerFormatError: it is of a later format.
        UnreadableError: the disk or the system refuses, which says nothing of the content.
        CheckpointError: missing, incomplete or damaged; the file is named.
    """
    path = Path(path)
    manifest = decode(_content(path / MANIFEST), str(path / MANIFEST))
    if path.name != step_name(manifest.step):
        raise CheckpointError(f"{path}: expected the checkpoint of this step, got that of step {manifest.step}.")
    groups = {}
    for name, expected in manifest.files.items():
        found = _record(path / name)
        if found.size != expected.size:
            kind = known_kind(_start(path / name))
            got = f"{found.size}, {kind}" if kind else f"{found.size}"
            raise CheckpointError(f"{path / name}: damaged; expected {expected.size} bytes, got {got}.")
        if found.sha256 != expected.sha256:
            raise CheckpointError(
                f"{path / name}: damaged; expected SHA-256 {expected.sha256[:12]}…, got {found.sha256[:12]}…."
            )
        try:
            groups[name.removesuffix(_SUFFIX)] = safetensors.numpy.load_file(path / name)
        except safetensors.SafetensorError as error:
            raise CheckpointError(f"{path / name}: expected a safetensors file, got another ({error}).") from None
        except OSError as error:  # whose class says little: what cannot be opened is "no such file" here
            raise unreadable(path / name, error) from error
    return Checkpoint(manifest.step, groups, manifest.model, manifest.config, path, manifest.files)


def read_latest(directory: str | Path, on_damaged: Callable[[str], None]) -> Checkpoint | None:
    """Reads the newest sound checkpoint of `directory`; None where there is none at all.

    Args:
        directory: where `save` wrote.
        on_damaged: called with a message for every damaged checkpoint that is passed over.

    Raises:
        NewerFormatError: one of a later format comes before any sound one; going on would put it aside unseen.
        UnreadableError: one that cannot be looked at comes before any sound one; it may be sound itself.
        CheckpointError: there are checkpoints, and all are damaged.
    """
    steps = available(directory)
    for step in reversed(steps):
        try:
            return read(Path(directory) / step_name(step))
        except (NewerFormatError, UnreadableError):
            raise
        except CheckpointError as error:
            on_damaged(f"{error} This checkpoint is passed over for the one before it.")
    if steps:
        raise CheckpointError(
            f"{directory}: expected a sound checkpoint, but all {len(steps)} are damaged; "
            "move them away to start anew, or restore them from a copy."
        )
    return None


def step_name(step: int) -> str:
    """The name of the folder of a step's checkpoint."""
    return f"step_{step:08d}"


def _content(path: Path) -> bytes:
    with readable(path):
        return path.read_bytes()


def _record(path: Path) -> FileRecord:
    """What a file is, read in pieces: one of a gigabyte need not be in memory for its checksum."""
    with readable(path), path.open("rb") as file:
        return FileRecord(hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)


def _start(path: Path) -> bytes:
    with readable(path), path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _check_arrays(step: int, groups: Groups) -> None:
    for group, arrays in groups.items():
        if not is_file_name(group + _SUFFIX):
            raise ValueError(f"expected a group name of lower case, digits and underscores, got {group!r}.")
        for name, array in arrays.items():
            if array.dtype.name not in _DTYPES:
                raise CheckpointError(f"{group}/{name}: expected one of {', '.join(_DTYPES)}, got {array.dtype}.")
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                wrong = np.count_nonzero(~np.isfinite(array))
                raise NonFiniteError(
                    f"step {step}: expected finite numbers, got {wrong} of {array.size} NaN or infinite in "
                    f"{group}/{name}; the checkpoint is not written, those before it are kept."
                )


def _write(target: Path, step: int, groups: Groups, model: Mapping[str, Any], config: Mapping[str, Any] | None) -> None:
    with PartialDirectory(target.parent) as partial:
        files = {}
        for group, arrays in groups.items():
            # A copy in C order, because the format knows no strides; asarray leaves scalars scalars.
            content = safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in arrays.items()})
            files[group + _SUFFIX] = FileRecord.of(content)
            write_file(partial.path / (group + _SUFFIX), content)
        write_file(partial.path / MANIFEST, encode(Manifest(step, model, config, files)))
        # every file is on the disk already
        partial.complete(target, replace=True, sync=sync_directory)


def _holds(target: Path, groups: Groups) -> bool:
    """Whether `target` is a sound checkpoint with just these arrays, bit by bit."""
    try:
        found = read(target).groups
    except (NewerFormatError, UnreadableError):
        raise
    except CheckpointError:
        return False
    return _fingerprint(found) == _fingerprint(groups)


def _fingerprint(groups: Groups) -> dict[str, dict[str, tuple[str, tuple[int, ...], str]]]:
    return {
        group: {name: (a.dtype.str, a.shape, FileRecord.of(a.tobytes()).sha256) for name, a in arrays.items()}
        for group, arrays in groups.items()
    }
