"""A writer of PyTorch's zip format, by hand, so that the reader is tested without PyTorch."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

STORAGE_NAMES = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "i4": "Int", "i2": "Short", "i1": "Char"}
STORAGE_NAMES |= {"u1": "Byte", "b1": "Bool"}


class TorchWriter:
    """Emits the opcodes that `torch.save` emits (protocol 2)."""

    def text(self, value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()

    def integer(self, value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def integers(self, values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(self.integer, values)) + b"t"

    def tensor(
        self, key: str, kind: str, size: int, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0
    ) -> bytes:
        storage = self.text("storage") + f"ctorch\n{kind}Storage\n".encode() + self.text(key) + self.text("cpu")
        return (
            b"ctorch._utils\n_rebuild_tensor_v2\n((" + storage + self.integer(size) + b"tQ" + self.integer(offset)
            + self.integers(shape) + self.integers(strides) + b"\x89ccollections\nOrderedDict\n)RtR"
        )  # fmt: skip

    def dictionary(self, items: Mapping[str, bytes]) -> bytes:
        pairs = b"".join(self.text(name) + value for name, value in items.items())
        return b"ccollections\nOrderedDict\n)R(" + pairs + b"u"

    def pickle(self, value: bytes) -> bytes:
        return b"\x80\x02" + value + b"."

    def archive(
        self,
        path: Path,
        pickle: bytes,
        storages: Mapping[str, bytes] | None = None,
        compression: int = 0,
        **extra: bytes,
    ) -> Path:
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("archive/data.pkl", pickle)
            for name, content in {"version": b"3\n", **extra}.items():
                archive.writestr(f"archive/{name}", content)
            for key, content in (storages or {}).items():
                archive.writestr(f"archive/data/{key}", content)
        return path

    def save(self, path: Path, state: Mapping[str, np.ndarray]) -> Path:
        """A whole state dict, with the `_metadata` attribute that PyTorch sets on it."""
        items = {}
        for number, (name, array) in enumerate(state.items()):
            strides = tuple(step // array.itemsize for step in np.ascontiguousarray(array).strides[: array.ndim])
            kind = STORAGE_NAMES[array.dtype.str[1:]]
            items[name] = self.tensor(str(number), kind, array.size, array.shape, strides)
        metadata = (
            b"}" + self.text("_metadata") + self.dictionary({"": b"}" + self.text("version") + b"K\x01s"}) + b"sb"
        )
        storages = {str(number): np.ascontiguousarray(array).tobytes() for number, array in enumerate(state.values())}
        return self.archive(path, self.pickle(self.dictionary(items) + metadata), storages, byteorder=b"little")


@pytest.fixture
def torch_writer() -> TorchWriter:
    return TorchWriter()


@pytest.fixture
def save_torch(torch_writer: TorchWriter) -> Callable[[Path, Mapping[str, np.ndarray]], Path]:
    return torch_writer.save


@pytest.fixture
def digit_state() -> dict[str, np.ndarray]:
    """Every key of the reference's digit checkpoints, with random values."""
    random = np.random.default_rng(0)
    blocks = {"f_text1": [(3, 64, 64), (7, 64, 32)], "f_text2": [(3, 64, 64), (7, 64, 32)]}
    blocks["f_shape"] = [(4, 64, 32), (9, 32, 1)]
    shapes: dict[str, tuple[int, ...]] = {"label_emb.weight": (10, 10)}
    norms: dict[str, int] = {}
    for prefix, convs in blocks.items():
        shapes |= {f"{prefix}.0.weight": (4096, 42), f"{prefix}.0.bias": (4096,)}
        for number, inputs, outputs in convs:
            shapes[f"{prefix}.{number}.weight"] = (outputs, inputs, 3, 3)
            norms[f"{prefix}.{number + 1}"] = outputs
        if prefix != "f_shape":
            shapes |= {f"{prefix}.10.weight": (3, 32, 3, 3), f"{prefix}.10.bias": (3,)}
            norms[f"{prefix}.11"] = 3
    for norm, channels in norms.items():
        shapes |= {f"{norm}.{name}": (channels,) for name in ("weight", "bias", "running_mean", "running_var")}
    arrays = {key: random.standard_normal(shape, np.float32) for key, shape in shapes.items()}
    arrays |= {key: np.abs(array) for key, array in arrays.items() if key.endswith("running_var")}
    return arrays | {f"{norm}.num_batches_tracked": np.array(5) for norm in norms}
