"""A client for a served CGN or digit classifier, over gRPC or REST.

    with connect("http://localhost:8501", model="cgn") as client:
        images = client.sample(range(8), Triplet(shape=3, texture=7, background=1))  # uint8 [8, H, W, 3]
    with connect("grpc://localhost:8500", model="classifier") as client:
        label, probabilities = client.classify([Path("digit.png").read_bytes()])

Both answer alike. REST needs no TensorFlow; gRPC is the faster one for many images, which JSON writes out in digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from cgn_tf.errors import CommandError
from cgn_tf.files.versions import HIGHEST
from cgn_tf.serving.client.address import parse_address
from cgn_tf.serving.client.config import LONGEST_TIMEOUT
from cgn_tf.serving.client.errors import INCOMPREHENSIBLE, AnswerError
from cgn_tf.serving.client.inputs import (
    as_array,
    file_inputs,
    label_inputs,
    noise_input,
    number_inputs,
    real_number,
    seeded_inputs,
    whole_number,
)
from cgn_tf.serving.client.metadata import Metadata, VersionStatus
from cgn_tf.serving.client.retry import Retry, call
from cgn_tf.types import Triplet

_NAME = re.compile(r"[\w.-]+")


class Transport(Protocol):
    """One attempt at each request, within so many seconds; ServingError where there is no answer."""

    def predict(self, signature: str, inputs: Mapping[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]: ...
    def metadata(self, seconds: float) -> Metadata: ...
    def status(self, seconds: float) -> list[VersionStatus]: ...
    def close(self) -> None: ...


class Classes(NamedTuple):
    """What a classifier says of B images: `label` int64 [B], `probabilities` float32 [B, classes]."""

    label: np.ndarray
    probabilities: np.ndarray


class Client:
    """Asks a server about one model. `connect` makes it; close it, or use it as a context.

    Every method raises ServingError (`cgn_tf.serving.client.errors`) without an answer within `timeout` seconds, which
    all attempts share. It asks again where the server is UNAVAILABLE (gRPC's code, HTTP's 503, a refused connection)
    and in no other case, as `retry` says. Seeds and labels are whole numbers from -2⁶³ to 2⁶³ - 1; noise, truncations
    and fractions are finite real numbers that float32 holds. A ValueError refuses all others, before anything is asked.
    """

    def __init__(self, transport: Transport, timeout: float, retry: Retry) -> None:
        self._transport, self._timeout, self._retry = transport, timeout, retry

    def predict(self, signature: str, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The outputs of a signature by name; strings are arrays of bytes.

        Arrays are sent as they are. Of what is no array, whole numbers become int64, others float32. A ValueError
        refuses what is neither.
        """
        arrays = {name: as_array(name, value) for name, value in inputs.items()}
        return call(lambda left: self._transport.predict(signature, arrays, left), self._timeout, self._retry)

    def metadata(self) -> Metadata:
        """The version that answers, and the names, types and shapes of its signatures."""
        return call(self._transport.metadata, self._timeout, self._retry)

    def status(self) -> list[VersionStatus]:
        """How the model's versions are, the highest first."""
        return call(self._transport.status, self._timeout, self._retry)

    def sample(self, seeds: Sequence[int], labels: Triplet[Any], truncation: Any = 1.0) -> np.ndarray:
        """Images uint8 [B, H, W, 3] of B seeds; a seed and its labels give one image whatever else is asked.

        Args:
            seeds: whole numbers.
            labels: of each factor one for all, or B.
            truncation: factor on the noise in (0, 1], one for all, or B: less is more typical and less varied.
        """
        return self._outputs("sample", seeded_inputs(seeds, labels, truncation), len(seeds), "image")[0]

    def png(self, seeds: Sequence[int], labels: Triplet[Any], truncation: Any = 1.0) -> list[bytes]:
        """The images of `sample` as B PNG files, which are smaller to send."""
        return list(self._outputs("png", seeded_inputs(seeds, labels, truncation), len(seeds), "image_bytes")[0])

    def interpolate(
        self,
        start_noise: np.ndarray,
        end_noise: np.ndarray,
        start: Triplet[Any],
        end: Triplet[Any],
        fraction: Any,
        truncation: Any = 1.0,
    ) -> np.ndarray:
        """Images uint8 [B, H, W, 3] on the way from one noise and its labels to others.

        Args:
            start_noise: float32 [B, d].
            end_noise: the same of the other end.
            start: labels there, of each factor one for all, or B.
            end: the same.
            fraction: of the way, in [0, 1], one for all, or B.
            truncation: as for `sample`.
        """
        given = {
            "start_noise": noise_input("start_noise", start_noise),
            "end_noise": noise_input("end_noise", end_noise),
        }
        rows = len(given["start_noise"])
        given |= label_inputs(start, rows, "start_") | label_inputs(end, rows, "end_")
        given["fraction"] = number_inputs("fraction", fraction, rows)
        given["truncation"] = number_inputs("truncation", truncation, rows)
        return self._outputs("interpolate", given, rows, "image")[0]

    def classify(self, images: Sequence[bytes]) -> Classes:
        """What a served digit classifier says of B images, PNG or JPEG, of any size; B is 1 or more.

        Args:
            images: the content of the files, not their names; bytearray and memoryview will do, too.
        """
        files = file_inputs("images", images)
        found = Classes(*self._outputs("classify", {"image_bytes": files}, len(files), *Classes._fields))
        label, probabilities = found
        if (label.ndim, probabilities.ndim, label.dtype.kind) != (1, 2, "i") or not (
            (label >= 0) & (label < probabilities.shape[1])
        ).all():
            reason = "expected the label of one of the probabilities in each row, got others"
            raise AnswerError("signature classify", INCOMPREHENSIBLE, reason)
        return found

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def _outputs(self, signature: str, inputs: Mapping[str, Any], rows: int, *names: str) -> list[np.ndarray]:
        """Outputs by name, so many rows of each."""
        outputs = self.predict(signature, inputs)
        for name in names:
            if name not in outputs or outputs[name].shape[:1] != (rows,):
                found = {key: array.shape for key, array in outputs.items()}
                reason = f"expected {name} of {rows} rows, got the shapes {found}"
                raise AnswerError(f"signature {signature}", INCOMPREHENSIBLE, reason)
        return [outputs[name] for name in names]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def connect(
    address: str, model: str, version: int | None = None, timeout: float = 60.0, retry: Retry | None = None
) -> Client:
    """A client of a TF Serving. Nothing is asked yet.

    Args:
        address: `grpc://host:8500`, `http://host:8501` or `https://host`.
        model: its name there.
        version: its number; None: the highest that is served.
        timeout: seconds for a call with all its attempts, 1,000,000 at most.
        retry: how often to ask a server that is UNAVAILABLE; None: 6 times within 3 s.

    Raises:
        CommandError: an address, a name, a number or a time that cannot be.
    """
    if not isinstance(address, str):
        raise CommandError(f"address: expected a text such as http://localhost:8501, got {address!r}.")
    parts = parse_address(address)
    if not isinstance(model, str) or not _NAME.fullmatch(model):
        raise CommandError(f"model: expected a name of letters, digits, _, - and ., got {model!r}.")
    number = None if version is None else whole_number(version)
    if version is not None and (number is None or not 0 <= number <= HIGHEST):
        raise CommandError(f"version: expected a whole number from 0 to {HIGHEST}, got {version!r}.")
    seconds = real_number(timeout)
    if seconds is None or not 0 < seconds <= LONGEST_TIMEOUT:
        raise CommandError(f"timeout: expected seconds above 0, at most {LONGEST_TIMEOUT}, got {timeout!r}.")
    if retry is not None and not isinstance(retry, Retry):
        raise CommandError(f"retry: expected a Retry or None, got {retry!r}.")
    transport: Transport
    if parts.scheme == "grpc":
        from cgn_tf.serving.client.grpc import GrpcTransport  # here, because it imports TensorFlow

        transport = GrpcTransport(parts.netloc, model, number)
    else:
        from cgn_tf.serving.client.rest import RestTransport

        transport = RestTransport(address, model, number)
    return Client(transport, seconds, retry or Retry())
