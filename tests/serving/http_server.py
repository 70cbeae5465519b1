"""A process that speaks TF Serving's REST protocol; see `model_runner`."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToJson

from tests.serving.model_runner import DEFAULT, RefusedError, arguments, say_port_and_end_with_the_test

models, control = arguments()

# tensorflow_serving/model_servers/http_server.cc
STATUS = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "ABORTED": 409,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
PREDICT = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+))?:predict")
ABOUT = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+))?(/metadata)?")


def c_escaped(text: str) -> str:
    """What absl::CEscape makes of a message: TF Serving's error bodies are no JSON where it has quotes."""
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}
    return "".join(named.get(chr(byte), chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in text.encode())


def tensor(name: str, value: Any, dtype: tf.DType) -> np.ndarray:
    def leaf(item: Any) -> Any:
        if isinstance(item, list):
            return [leaf(part) for part in item]
        if dtype == tf.string:
            return base64.b64decode(item["b64"]) if isinstance(item, dict) else item.encode()
        if type(item) is not int and not (dtype.is_floating and type(item) is float):
            raise TypeError
        return item

    try:
        return np.array(leaf(value), object if dtype == tf.string else dtype.as_numpy_dtype)
    except (TypeError, ValueError, AttributeError, OverflowError, KeyError) as error:
        message = f"JSON Value: {json.dumps(value)} of {name} is not of expected type: {dtype.name}"
        raise RefusedError("INVALID_ARGUMENT", message) from error


def predict(name: str, version: int | None, body: bytes) -> str:
    request = json.loads(body)
    _, served = models.get(name, version)
    signature = request.get("signature_name", DEFAULT)
    if signature not in served.signatures:
        raise RefusedError("INVALID_ARGUMENT", f'Serving signature name: "{signature}" not found in signature def')
    given = {}
    for key, info in served.signatures[signature].inputs.items():
        if key not in request["inputs"]:
            raise RefusedError("INVALID_ARGUMENT", f"Missing named input: {key} in 'inputs' object.")
        given[key] = tensor(key, request["inputs"][key], tf.dtypes.as_dtype(info.dtype))
    outputs = {key: as_json(key, array) for key, array in served.run(signature, given).items()}
    return json.dumps({"outputs": outputs if len(outputs) > 1 else next(iter(outputs.values()))})


def as_json(name: str, array: np.ndarray) -> Any:
    def leaf(item: Any) -> Any:
        if isinstance(item, list):
            return [leaf(part) for part in item]
        return {"b64": base64.b64encode(item).decode()} if name.endswith("_bytes") else item.decode()

    return leaf(array.tolist()) if array.dtype == object else array.tolist()


def number(text: str | None) -> int | None:
    return None if text is None else int(text)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match = PREDICT.fullmatch(self.path)

        def answer() -> str | None:
            if match is None:
                raise RefusedError("INVALID_ARGUMENT", f"Malformed request: POST {self.path}")
            fault = control.fault()
            if fault in ("die", "drip"):
                return self.half(fault)
            if fault == "garbage":
                return "<html>It works!</html>"
            return predict(match[1], number(match[2]), body)

        self.reply(answer)

    def do_GET(self) -> None:
        match = ABOUT.fullmatch(self.path)

        def answer() -> str:
            if match is None:
                raise RefusedError("INVALID_ARGUMENT", f"Malformed request: GET {self.path}")
            about = models.metadata if match[3] else models.status
            message = about(match[1], number(match[2]))
            return MessageToJson(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)

        self.reply(answer)

    def reply(self, answer: Any) -> None:
        try:
            code, text = 200, answer()
        except RefusedError as refused:
            code, text = STATUS.get(refused.code, 500), f'{{ "error": "{c_escaped(refused.message)}" }}'
        if text is not None:
            self.head(code, len(text.encode()))
            self.wfile.write(text.encode())

    def head(self, code: int, length: int) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def half(self, fault: str) -> None:
        """Begins an answer and dies, or goes on with it byte by byte until nobody listens."""
        self.head(200, 1_000_000)
        self.wfile.write(b'{"outputs": [')
        self.wfile.flush()
        if fault == "die":
            os._exit(1)
        try:
            while True:
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the tests' output free of a line a request."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    say_port_and_end_with_the_test(server.server_address[1])
    server.serve_forever()
