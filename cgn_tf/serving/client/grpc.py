"""Requests to TF Serving's gRPC interface.

The messages of tensorflow-serving-api hold TensorFlow's own, so importing this module imports TensorFlow, which takes
seconds; the REST interface needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from cgn_tf.serving.client.errors import INCOMPREHENSIBLE, AnswerError, check_time, error_of
from cgn_tf.serving.client.metadata import Metadata, VersionStatus, metadata_of, statuses_of

_SIGNATURES = "signature_def"
_OPTIONS = [
    # 4 MiB by default, which 64 images of 256 × 256 are three times
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # the client's own retries are the only ones, and find a server that is back: gRPC would not look for a minute
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # a connection of its own: one that failed elsewhere in the process is not waited for
    ("grpc.use_local_subchannel_pool", 1),
]


class GrpcTransport:
    """One attempt at each request; for several threads at once, too.

    Args:
        target: `host:port`.
        model: its name.
        version: its number; None: the highest that is served.
    """

    def __init__(self, target: str, model: str, version: int | None) -> None:
        self._named = f"grpc://{target}, model {model}" + ("" if version is None else f" version {version}")
        self._model, self._version = model, version
        self._channel = grpc.insecure_channel(target, _OPTIONS)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(self, signature: str, inputs: Mapping[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]:
        """The outputs of a signature.

        Raises:
            ServingError: no answer, or one that cannot be read.
        """
        request = predict_pb2.PredictRequest(model_spec=self._spec())
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
        asked = f"{self._named}, signature {signature}"
        response = self._ask(asked, self._predictions.Predict, request, seconds)
        try:
            return {name: tf.make_ndarray(tensor) for name, tensor in response.outputs.items()}
        except (TypeError, ValueError) as error:
            raise AnswerError(asked, INCOMPREHENSIBLE, f"an output is no tensor: {error}") from error

    def metadata(self, seconds: float) -> Metadata:
        """The version that answers, and its signatures; ServingError as above."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(model_spec=self._spec(), metadata_field=[_SIGNATURES])
        asked = f"{self._named}, metadata"
        response = self._ask(asked, self._predictions.GetModelMetadata, request, seconds)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        try:
            response.metadata[_SIGNATURES].Unpack(signatures)
            answer = {
                "model_spec": {"version": response.model_spec.version.value},
                "metadata": {_SIGNATURES: {_SIGNATURES: {}} | _as_json(signatures)},
            }
            return metadata_of(answer)
        except (DecodeError, LookupError, ValueError) as error:
            reason = f"expected a model's metadata: {type(error).__name__}: {error}"
            raise AnswerError(asked, INCOMPREHENSIBLE, reason) from error

    def status(self, seconds: float) -> list[VersionStatus]:
        """How the versions are, the highest first; ServingError as above."""
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=self._spec())
        response = self._ask(f"{self._named}, status", self._models.GetModelStatus, request, seconds)
        return statuses_of({"model_version_status": []} | _as_json(response))

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _spec(self) -> Any:
        spec = predict_pb2.PredictRequest().model_spec
        spec.name = self._model
        if self._version is not None:
            spec.version.value = self._version
        return spec

    def _ask(self, asked: str, method: Any, request: Any, seconds: float) -> Any:
        check_time(asked, seconds)
        try:
            return method(request, timeout=seconds)
        except grpc.RpcError as error:
            code, details = error.code().name, error.details() or "no details"
            raise error_of(asked, code, details) from error


def _as_json(message: Any) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
