"""Requests to TF Serving's REST interface, which need nothing but `requests`: no gRPC, and no TensorFlow."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import requests
import urllib3

from cgn_tf.serving.client.errors import INCOMPREHENSIBLE, AnswerError, ServingError, check_time, error_of
from cgn_tf.serving.client.json_values import error_message, from_json, to_json
from cgn_tf.serving.client.metadata import Metadata, Signature, VersionStatus, metadata_of, statuses_of

# TF Serving gives 400 for FAILED_PRECONDITION and OUT_OF_RANGE, too, and 500 for all that it has no number for.
_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class RestTransport:
    """One attempt at each request; not for several threads at once.

    Args:
        address: `http://host:port` or `https://…`.
        model: its name.
        version: its number; None: the highest that is served.
    """

    def __init__(self, address: str, model: str, version: int | None) -> None:
        self._url = f"{address.rstrip('/')}/v1/models/{model}" + ("" if version is None else f"/versions/{version}")
        self._session = requests.Session()
        self._signatures: dict[str, Signature] = {}

    def predict(self, signature: str, inputs: Mapping[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]:
        """The outputs of a signature; the types and names that JSON lacks come from the model's metadata.

        Raises:
            ServingError: no answer, or one that does not have the metadata's form.
        """
        end = time.monotonic() + seconds
        columns = {name: to_json(array) for name, array in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": columns}).encode()
        asked = f"{self._url}:predict, signature {signature}"
        answer = self._ask(asked, "POST", ":predict", seconds, body)
        if signature not in self._signatures:
            self._signatures = self.metadata(end - time.monotonic()).signatures
        try:
            specs = self._signatures[signature].outputs
            outputs = answer["outputs"]
            if len(specs) == 1:  # then its name is left out
                outputs = dict.fromkeys(specs, outputs)
            return {name: from_json(outputs[name], spec) for name, spec in specs.items()}
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise _unexpected(asked, "the outputs that the signature has", error) from error

    def metadata(self, seconds: float) -> Metadata:
        """The version that answers, and its signatures; ServingError as above."""
        asked = f"{self._url}/metadata"
        answer = self._ask(asked, "GET", "/metadata", seconds)
        try:
            return metadata_of(answer)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _unexpected(asked, "a model's metadata", error) from error

    def status(self, seconds: float) -> list[VersionStatus]:
        """How the versions are, the highest first; ServingError as above."""
        answer = self._ask(self._url, "GET", "", seconds)
        try:
            return statuses_of(answer)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _unexpected(self._url, "a model's status", error) from error

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _ask(self, asked: str, method: str, path: str, seconds: float, body: bytes | None = None) -> dict[str, Any]:
        end = time.monotonic() + seconds
        check_time(asked, seconds)
        # a number would be the time to connect, and once more that until the head comes; the annotation lacks this type
        timeout: Any = urllib3.Timeout(total=seconds)
        try:
            with self._session.request(
                method,
                self._url + path,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                text = b"".join(_within(response, end)).decode(errors="replace")
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise error_of(asked, "DEADLINE_EXCEEDED", f"nothing within {seconds:.3g} s") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            if _refused(error):
                raise error_of(asked, "UNAVAILABLE", "connection refused") from error
            raise AnswerError(asked, "UNKNOWN", f"the connection failed: {error}") from error
        if response.status_code != 200:
            code = _CODES.get(response.status_code, f"HTTP status {response.status_code}")
            raise error_of(asked, code, error_message(text))
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise _unexpected(asked, "JSON", error) from error
        if not isinstance(answer, dict):
            raise AnswerError(asked, INCOMPREHENSIBLE, f"a {type(answer).__name__} is no JSON object")
        return answer


def _within(response: requests.Response, end: float) -> Iterator[bytes]:
    """The body as it comes in; TimeoutError where it is not whole at `end`, however slowly it goes on."""
    socket = getattr(response.raw.connection, "sock", None)  # None of a connection that is not kept alive
    while chunk := response.raw.read1(decode_content=True):
        yield chunk
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the body is not whole")
        if socket is not None:
            socket.settimeout(left)  # else each wait for bytes has the time of the whole request


def _refused(error: BaseException | None) -> bool:
    """Whether nobody listens: the cause may be several exceptions deep, as an argument, too."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        reason = getattr(error.args[0], "reason", None) if error.args else None
        error = reason or error.__cause__ or error.__context__
    return False


def _unexpected(asked: str, expected: str, error: Exception) -> ServingError:
    reason = f"expected {expected}: {type(error).__name__}: {error}"
    return AnswerError(asked, INCOMPREHENSIBLE, reason)
