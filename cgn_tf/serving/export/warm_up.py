"""Requests that TF Serving asks of a version before it serves it, so that no client waits for a first run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from cgn_tf.serving.export.inputs import Signature

WARM_UP = "tf_serving_warmup_requests"
"""The name that TF Serving looks for in `assets.extra`; it reads 1000 records at most."""
ROWS = (1, 2)


def write_warm_up(path: Path, model_name: str, signatures: Mapping[str, Signature], max_batch_size: int) -> None:
    """Writes requests of one and of two rows for every signature, a TFRecord file of `PredictionLog`.

    Raises:
        tf.errors.OpError: the disk refuses.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, signature in signatures.items():
            for rows in ROWS:
                if rows <= max_batch_size:
                    writer.write(_record(model_name, name, signature, rows))


def _record(model_name: str, name: str, signature: Signature, rows: int) -> bytes:
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = model_name
    request.model_spec.signature_name = name
    for key, values in signature.example(rows).items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(values))
    return log.SerializeToString(deterministic=True)
