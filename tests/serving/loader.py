"""Runs a SavedModel by TensorFlow's C++ loader, the one that TF Serving uses, without TensorFlow's Python.

    python loader.py SAVED_MODEL NAMES.json REQUEST.npz... → one JSON line a request

NAMES.json holds the tensors' names of inputs and outputs ("serving_default_noise:0"). A line is {"code", "message"}
and, where the code is 0 (OK), the outputs as {"name": [shape, sum of the values]}.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 9}

tensorflow = Path(importlib.util.find_spec("tensorflow").submodule_search_locations[0])
ctypes.CDLL(str(tensorflow / "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL)
library = ctypes.CDLL(str(tensorflow / "libtensorflow_cc.so.2"))


class Output(ctypes.Structure):
    """TF_Output: a tensor of the graph."""

    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


def c_function(name: str, result: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    return function


def pointer(name: str, *arguments: Any) -> ctypes.c_void_p:
    """What a C function that returns a pointer gives."""
    return ctypes.c_void_p(c_function(name, ctypes.c_void_p)(*arguments))


class Session:
    """A loaded SavedModel."""

    def __init__(self, path: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> None:
        self.status, self.graph = pointer("TF_NewStatus"), pointer("TF_NewGraph")
        tags = (ctypes.c_char_p * 1)(b"serve")
        options = pointer("TF_NewSessionOptions")
        self.session = pointer(
            "TF_LoadSessionFromSavedModel", options, None, path.encode(), tags, 1, self.graph, None, self.status
        )
        code, message = self.state()
        if code:
            sys.exit(message)
        self.inputs = {name: self.tensor(tensor) for name, tensor in inputs.items()}
        self.outputs = {name: self.tensor(tensor) for name, tensor in outputs.items()}

    def state(self) -> tuple[int, str]:
        message = c_function("TF_Message", ctypes.c_char_p)(self.status)
        return c_function("TF_GetCode", ctypes.c_int)(self.status), message.decode()

    def tensor(self, name: str) -> Output:
        operation, _, index = name.partition(":")
        return Output(pointer("TF_GraphOperationByName", self.graph, operation.encode()), int(index))

    def run(self, given: Mapping[str, np.ndarray]) -> dict[str, Any]:
        fed, count = (Output * len(given))(*(self.inputs[name] for name in given)), len(self.outputs)
        values = (ctypes.c_void_p * len(given))(*(as_tensor(array) for array in given.values()))
        fetched, results = (Output * count)(*self.outputs.values()), (ctypes.c_void_p * count)()
        c_function("TF_SessionRun", None)(
            self.session, None, fed, values, len(given), fetched, results, count, None, 0, None, self.status
        )
        code, message = self.state()
        if code:
            return {"code": code, "message": message}
        found = {name: as_array(ctypes.c_void_p(result)) for name, result in zip(self.outputs, results, strict=True)}
        return {"code": 0, "message": "", "outputs": {k: [v.shape, float(v.sum())] for k, v in found.items()}}


def as_tensor(array: np.ndarray) -> int | None:
    shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    kind, size = TYPES[array.dtype], ctypes.c_size_t(array.nbytes)
    tensor = pointer("TF_AllocateTensor", kind, shape, array.ndim, size)
    ctypes.memmove(pointer("TF_TensorData", tensor), array.tobytes(), array.nbytes)
    return tensor.value


def as_array(tensor: ctypes.c_void_p) -> np.ndarray:
    """A float32 tensor."""
    rank = c_function("TF_NumDims", ctypes.c_int)(tensor)
    shape = [c_function("TF_Dim", ctypes.c_int64)(tensor, axis) for axis in range(rank)]
    size = c_function("TF_TensorByteSize", ctypes.c_size_t)(tensor)
    content = ctypes.string_at(pointer("TF_TensorData", tensor), size)
    return np.frombuffer(content, np.float32).reshape(shape)


if __name__ == "__main__":
    path, names, *requests = sys.argv[1:]
    session = Session(path, *json.loads(Path(names).read_text()))
    for request in requests:
        with np.load(request) as arrays:
            print(json.dumps(session.run(dict(arrays))))
    if "tensorflow" in sys.modules:
        sys.exit("TensorFlow's Python was imported")
