"""How a server puts requests together: a file that TF Serving reads with `--enable_per_model_batching_parameters`."""

from __future__ import annotations

BATCHING = "batching_params.pbtxt"
"""Its name in a version's folder."""

_WAIT = 1_000
_QUEUED = 100


def batching_parameters(max_batch_size: int) -> str:
    """The `BatchingParameters` of a model that takes so many rows, as protobuf text.

    Threads are not among them: all models of a server share those of its `--batching_parameters_file`.
    """
    sizes = [2**power for power in range(max_batch_size.bit_length()) if 2**power < max_batch_size] + [max_batch_size]
    lines = "".join(f"allowed_batch_sizes: {size}\n" for size in sizes)
    return f"""\
# The model refuses larger batches.
max_batch_size {{ value: {max_batch_size} }}
# How long a request waits for others.
batch_timeout_micros {{ value: {_WAIT} }}
# Batches in the queue; beyond it the answer is UNAVAILABLE, and clients ask again.
max_enqueued_batches {{ value: {_QUEUED} }}
# Batches are filled up to one of these, so that the model meets few shapes; the last one is max_batch_size.
{lines}"""
