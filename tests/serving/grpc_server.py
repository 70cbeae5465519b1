"""A process that speaks TF Serving's gRPC protocol; see `model_runner`."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, predict_pb2

from tests.serving.model_runner import Models, RefusedError, arguments, say_port_and_end_with_the_test

models, control = arguments()


def asked_version(spec: Any) -> int | None:
    return spec.version.value if spec.HasField("version") else None


def predict(request: Any) -> Any:
    fault = control.fault()
    if fault == "die":
        os._exit(1)
    if fault == "garbage":
        return b"\xff\xff\xff"
    number, version = models.get(request.model_spec.name, asked_version(request.model_spec))
    given = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
    outputs = version.run(request.model_spec.signature_name, given)
    response = predict_pb2.PredictResponse()
    response.model_spec.name, response.model_spec.version.value = request.model_spec.name, number
    for name, array in outputs.items():
        response.outputs[name].CopyFrom(tf.make_tensor_proto(array))
    return response


def handler(answer: Callable[[Any], Any], request_class: Any) -> Any:
    def handle(request: Any, context: Any) -> Any:
        try:
            return answer(request)
        except RefusedError as refused:
            return context.abort(getattr(grpc.StatusCode, refused.code), refused.message)

    def serialize(message: Any) -> bytes:
        return message if isinstance(message, bytes) else message.SerializeToString()

    return grpc.unary_unary_rpc_method_handler(handle, request_class.FromString, serialize)


def of_model(answer: Callable[[Models, str, int | None], Any]) -> Callable[[Any], Any]:
    return lambda request: answer(models, request.model_spec.name, asked_version(request.model_spec))


SERVICES = {
    "PredictionService": {
        "Predict": handler(predict, predict_pb2.PredictRequest),
        "GetModelMetadata": handler(of_model(Models.metadata), get_model_metadata_pb2.GetModelMetadataRequest),
    },
    "ModelService": {"GetModelStatus": handler(of_model(Models.status), get_model_status_pb2.GetModelStatusRequest)},
}

if __name__ == "__main__":
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    for service, methods in SERVICES.items():
        generic = grpc.method_handlers_generic_handler(f"tensorflow.serving.{service}", methods)
        server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    say_port_and_end_with_the_test(port)
    server.wait_for_termination()
