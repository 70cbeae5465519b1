"""What a model server says of its models, read from its JSON; gRPC's messages have the same form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

_TYPES: dict[str, Any] = {
    "DT_FLOAT": np.float32,
    "DT_DOUBLE": np.float64,
    "DT_INT8": np.int8,
    "DT_INT16": np.int16,
    "DT_INT32": np.int32,
    "DT_INT64": np.int64,
    "DT_UINT8": np.uint8,
    "DT_UINT16": np.uint16,
    "DT_UINT32": np.uint32,
    "DT_UINT64": np.uint64,
    "DT_BOOL": np.bool_,
    "DT_STRING": np.object_,
}


class TensorSpec(NamedTuple):
    """An input or output: its type (object: strings, as bytes) and shape, None where it varies, or for any shape."""

    dtype: np.dtype[Any]
    shape: tuple[int | None, ...] | None


class Signature(NamedTuple):
    """What can be asked of a model: names of the inputs and outputs, and what they hold."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]


class Metadata(NamedTuple):
    """A version of a model, and its signatures by name."""

    version: int
    signatures: dict[str, Signature]


class VersionStatus(NamedTuple):
    """How a version is: START, LOADING, AVAILABLE, UNLOADING or END; `code` and `message` of what went wrong."""

    version: int
    state: str
    code: str
    message: str


def metadata_of(answer: Mapping[str, Any]) -> Metadata:
    """The metadata in a `GetModelMetadataResponse` as JSON.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it has another form.
    """
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    return Metadata(
        int(answer["model_spec"]["version"]),
        {
            name: Signature(_specs(signature.get("inputs", {})), _specs(signature.get("outputs", {})))
            for name, signature in signatures.items()
            if not name.startswith("__")  # the loader's own, such as __saved_model_init_op
        },
    )


def statuses_of(answer: Mapping[str, Any]) -> list[VersionStatus]:
    """The versions in a `GetModelStatusResponse` as JSON, the highest first; raises as `metadata_of`."""
    found = [
        VersionStatus(
            int(version["version"]),
            version["state"],
            version["status"].get("error_code", "OK"),
            version["status"].get("error_message", ""),
        )
        for version in answer["model_version_status"]
    ]
    return sorted(found, reverse=True)


def _specs(tensors: Mapping[str, Any]) -> dict[str, TensorSpec]:
    return {name: TensorSpec(np.dtype(_TYPES[info["dtype"]]), _shape(info)) for name, info in tensors.items()}


def _shape(info: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    shape = info.get("tensor_shape", {})
    if shape.get("unknown_rank", False):
        return None
    sizes = [int(dimension.get("size", 0)) for dimension in shape.get("dim", [])]
    return tuple(None if size < 0 else size for size in sizes)
