"""BigGAN modules in the TF1-Hub format, read as arrays: variables and truncation statistics; no graph is executed."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from cgn_tf.weights.hub_source import HubModuleError, located, one_line

__all__ = ["STEPS", "HubModule", "HubModuleError", "open_hub_module"]

STEPS = 51
"""Rows of truncation statistics: truncation 0, 0.02, …, 1."""

_MAX_CHANNELS = 2**16


class HubModule:
    """An opened module directory; a context manager, because one from an archive is deleted when it is closed.

    Example:
        with open_hub_module("biggan-deep-256.tar.gz") as module:
            embedding = module.variable("linear/w/ema_0.9999")  # [1000, 128]

    Args:
        path: the directory with saved_model.pb and variables/.
        unpacked: a temporary directory that is deleted when the module is closed.

    Raises:
        HubModuleError: a file is missing, or the index of the variables is damaged.
    """

    def __init__(self, path: Path, unpacked: tempfile.TemporaryDirectory[str] | None = None) -> None:
        self.path = path
        self._unpacked = unpacked
        self._checkpoint = path / "variables" / "variables"
        self._data = Path(f"{self._checkpoint}.data-00000-of-00001")
        index = Path(f"{self._checkpoint}.index")
        for file in (path / "saved_model.pb", index, self._data):
            if not file.is_file():
                raise HubModuleError(
                    f"{file}: missing; expected a whole TF1-Hub module with saved_model.pb and variables/variables.*."
                )
        try:
            self._reader = tf.train.load_checkpoint(str(self._checkpoint))
            types = self._reader.get_variable_to_dtype_map()
            shapes = self._reader.get_variable_to_shape_map()
        except Exception as error:  # OpError and subclasses, IndexError and others, by what is damaged
            raise _damaged(index, error) from error
        self._shapes = {name: tuple(shapes[name]) for name in sorted(shapes)}
        held = self._data.stat().st_size
        for name, shape in self._shapes.items():
            if math.prod(shape) * types[name].size > held:  # the reader allocates before it finds that out
                raise HubModuleError(
                    f"{self._data}: has {held} bytes, too few for variable {name!r} of shape {list(shape)}. "
                    "Fetch the module again."
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Deletes what was unpacked; arrays already read stay."""
        if self._unpacked is not None:
            self._unpacked.cleanup()

    def variable_names(self) -> dict[str, tuple[int, ...]]:
        """Name → shape of every variable, sorted by name."""
        return dict(self._shapes)

    def variable(self, name: str) -> np.ndarray:
        """The value of a variable.

        Raises:
            HubModuleError: there is none of that name, or the data file is damaged (it has checksums).
        """
        if name not in self._shapes:
            raise HubModuleError(f"{self._checkpoint}: variable {name!r} is missing; is it a BigGAN-deep module?")
        try:
            return np.asarray(self._reader.get_tensor(name))
        except Exception as error:  # as above
            raise _damaged(self._data, error, f" at variable {name!r}") from error

    def statistics(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The truncation statistics, which are constants of the graph and no variables.

        Returns:
            Of each batch norm in order, means [51, c] and variances [51, c], float32; row r is for truncation r/50.

        Raises:
            HubModuleError: saved_model.pb is damaged, or has no such constants.
        """
        file = self.path / "saved_model.pb"
        try:
            graphs = saved_model_pb2.SavedModel.FromString(file.read_bytes()).meta_graphs
        except (OSError, DecodeError) as error:
            raise _damaged(file, error) from error
        for graph in sorted(graphs, key=lambda graph: len(graph.meta_info_def.tags)):
            nodes = {node.name: node for node in graph.graph_def.node}
            # Where the module was applied inside another graph, a name scope stands in front.
            first = min((name for name in nodes if re.fullmatch(r"(.*/)?stack_1", name)), key=len, default=None)
            if first is not None:
                return _Constants(file, nodes).statistics(first.removesuffix("1"))
        raise HubModuleError(
            f"{file}: no truncation statistics (node 'stack_1'); expected a BigGAN-deep module, whole. "
            "If it is one, fetch it again."
        )


def open_hub_module(source: str) -> HubModule:
    """Opens a BigGAN module.

    Args:
        source: a module directory, or one that holds just that; its `.tar.gz` or `.tgz`, which is unpacked into a
            temporary directory; a tfhub.dev handle, looked up in `TFHUB_CACHE_DIR` first, so that it works offline; or
            a Kaggle handle OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION], also as a URL, with the package kagglehub.

    Raises:
        HubModuleError: it is damaged; or it cannot be had, and then the other ways to the weights are named.
    """
    path, unpacked = located(source)
    try:
        return HubModule(path, unpacked)
    except BaseException:
        if unpacked is not None:
            unpacked.cleanup()
        raise


def _damaged(file: Path, error: Exception, where: str = "") -> HubModuleError:
    return HubModuleError(f"{file}: damaged or unreadable{where} ({one_line(error)}). Fetch the module again.")


class _Constants:
    """The constants of a GraphDef.

    Args:
        file: for the messages.
        nodes: name → NodeDef.
    """

    def __init__(self, file: Path, nodes: dict[str, Any]) -> None:
        self.file = file
        self.nodes = nodes

    def statistics(self, prefix: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """Means and variances of batch norm k stand at `PREFIX{5k+1}` and `PREFIX{5k+3}`, until one is missing."""
        pairs: list[tuple[np.ndarray, np.ndarray]] = []
        while f"{prefix}{5 * len(pairs) + 1}" in self.nodes:
            means = self.rows(f"{prefix}{5 * len(pairs) + 1}")
            variances = self.rows(f"{prefix}{5 * len(pairs) + 3}")
            if means.shape != variances.shape:
                raise HubModuleError(
                    f"{self.file}: means of shape {means.shape} and variances of shape {variances.shape} "
                    f"at batch norm {len(pairs)}; expected equal shapes."
                )
            pairs.append((means, variances))
        return pairs

    def rows(self, name: str) -> np.ndarray:
        """The [51, c] of a `Const`, or of a `Pack` of 51 `Const` nodes [c]."""
        node = self.nodes.get(name)
        if node is None or node.op != "Pack":
            rows = self.constant(name, rank=2, used_by=name)
        else:
            parts = [self.constant(source.split(":")[0], rank=1, used_by=name) for source in node.input]
            if len({part.shape for part in parts}) != 1 or node.attr["axis"].i != 0:
                raise HubModuleError(f"{self.file}: node {name!r} packs no rows of one length.")
            rows = np.stack(parts)
        if len(rows) != STEPS:
            raise HubModuleError(f"{self.file}: node {name!r} has {len(rows)} rows; expected {STEPS}.")
        return rows

    def constant(self, name: str, rank: int, used_by: str) -> np.ndarray:
        """A float32 constant; the shape that it claims is checked before anything of that size is made."""
        node = self.nodes.get(name)
        if node is None or node.op != "Const":
            got = "missing" if node is None else f"the operation {node.op!r}"
            raise HubModuleError(
                f"{self.file}: expected a constant at node {name!r} (for {used_by!r}), which is {got}."
            )
        tensor = node.attr["value"].tensor
        shape = [dimension.size for dimension in tensor.tensor_shape.dim]
        if tensor.dtype != tf.float32.as_datatype_enum or len(shape) != rank:
            raise HubModuleError(f"{self.file}: node {name!r} has shape {shape}; expected float32 of rank {rank}.")
        if not all(0 < size <= _MAX_CHANNELS for size in shape):
            raise HubModuleError(
                f"{self.file}: node {name!r} claims the shape {shape}; expected at most {_MAX_CHANNELS}."
            )
        try:
            return tf.make_ndarray(tensor)
        except (ValueError, TypeError) as error:
            raise _damaged(self.file, error, f" at node {name!r}") from error
