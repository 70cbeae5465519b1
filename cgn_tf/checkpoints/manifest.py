"""The manifest of a checkpoint: what it is of, and what each of its files must be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from cgn_tf.errors import CommandError
from cgn_tf.files.created_by import created_by

FORMAT_VERSION = 1
"""Of the checkpoints written here. Every version seals its manifest as `encode` does; all else may change."""

_FILE_NAME = re.compile(r"[a-z0-9_]+\.safetensors")
_SEAL = "sha256"


class CheckpointError(CommandError):
    """A checkpoint cannot be written, found, read or turned into a model; the message names the file."""


class NewerFormatError(CheckpointError):
    """An intact checkpoint of a later version of the format: nothing to skip, but a program to update."""


class UnreadableError(CheckpointError):
    """A checkpoint that cannot be looked at, which may well be sound: nothing to skip, but a disk to mend."""


class FileRecord(NamedTuple):
    """What a file of a checkpoint must be: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The record of a file with this content."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))

    def as_json(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        return {"sha256": self.sha256, "bytes": self.size}


class Manifest(NamedTuple):
    """One checkpoint: its step, the model's serialised constructor, the run's configuration, records by file name."""

    step: int
    model: Mapping[str, Any]
    config: Mapping[str, Any] | None
    files: Mapping[str, FileRecord]


def is_file_name(name: str) -> bool:
    """Whether a checkpoint may have a file of this name: lower case, digits and underscores, no path."""
    return _FILE_NAME.fullmatch(name) is not None


def encode(manifest: Manifest) -> bytes:
    """JSON whose last field is the SHA-256 of the same JSON without it, so that no flipped bit goes unseen.

    Raises:
        TypeError, ValueError: `model` or `config` holds what JSON cannot, NaN and infinities among them.
    """
    body = {
        "format_version": FORMAT_VERSION,
        "step": manifest.step,
        "model": manifest.model,
        "config": manifest.config,
        "files": {name: record.as_json() for name, record in manifest.files.items()},
        "created_by": created_by(),
    }
    return seal(body)


def seal(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON with its own checksum added."""
    return _dump({**body, _SEAL: hashlib.sha256(_dump(body)).hexdigest()})


def decode(content: bytes, what: str) -> Manifest:
    """The inverse of `encode`; `what` names the file in errors.

    Raises:
        NewerFormatError: intact, but of a later format.
        CheckpointError: damaged, edited, or not a manifest.
    """
    body = _unsealed(content, what)
    version = body.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise NewerFormatError(
            f"{what}: expected format version {FORMAT_VERSION}, got {version} (made by {body.get('created_by')}); "
            "update cgn_tf to read it."
        )
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{what}: expected format version {FORMAT_VERSION}, got {version!r}.")
    try:
        files = {name: FileRecord(record["sha256"], record["bytes"]) for name, record in body["files"].items()}
        manifest = Manifest(body["step"], body["model"], body["config"], files)
        if type(manifest.step) is not int or not isinstance(manifest.model, dict):
            raise TypeError("step or model")
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{what}: expected the fields of a manifest, got others ({error!r}).") from None
    wrong = [name for name in files if not is_file_name(name)]
    if wrong:  # a name such as ../../x would read outside the checkpoint
        raise CheckpointError(f"{what}: expected plain names of .safetensors files, got {wrong[0]!r}.")
    return manifest


def _unsealed(content: bytes, what: str) -> dict[str, Any]:
    """The fields without the seal, after it has been verified."""
    try:
        body = json.loads(content)
        # The comparison of bytes also finds what parses to the same values: repeated keys, 1e-8 become 1E-8.
        intact = isinstance(body, dict) and _SEAL in body and _dump(body) == content
    except (ValueError, RecursionError):
        intact = False
    if not intact or hashlib.sha256(_dump({k: v for k, v in body.items() if k != _SEAL})).hexdigest() != body[_SEAL]:
        raise CheckpointError(f"{what}: damaged or edited; its content does not have the checksum that it states.")
    del body[_SEAL]
    return body


def _dump(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, indent=1, allow_nan=False).encode() + b"\n"
