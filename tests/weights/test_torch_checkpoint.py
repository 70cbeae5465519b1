from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf.weights.torch_checkpoint import TorchCheckpointError, read_state_dict, without_data_parallel
from tests.foreign_files import HTML_PAGE, LFS_POINTER

Save = Callable[[Path, Mapping[str, np.ndarray]], Path]

STATE = {
    "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7,
    "a.bias": np.array([-1.5, 2.0]),
    "b.num_batches_tracked": np.array(11, np.int64),
    "b.flags": np.array([True, False, True]),
}


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"])
def test_every_type_comes_back(dtype: str, tmp_path: Path, save_torch: Save) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    read = read_state_dict(save_torch(tmp_path / "x.pth", {"w": array}))
    assert read["w"].dtype == array.dtype
    np.testing.assert_array_equal(read["w"], array)


def test_order_shapes_scalars_and_read_only(tmp_path: Path, save_torch: Save) -> None:
    read = read_state_dict(save_torch(tmp_path / "x.pth", {**STATE, "empty": np.zeros((0, 3), np.float32)}))
    assert list(read) == [*STATE, "empty"]
    for name, array in STATE.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].shape == array.shape
    assert read["empty"].shape == (0, 3)
    with pytest.raises(ValueError, match="read-only"):
        read["a.bias"][0] = 1.0


def test_bfloat16_is_widened(tmp_path: Path, torch_writer: Any) -> None:
    data = torch_writer.pickle(torch_writer.dictionary({"w": torch_writer.tensor("0", "BFloat16", 3, (3,), (1,))}))
    path = torch_writer.archive(tmp_path / "x.pth", data, {"0": np.array([0x3F80, 0xC020, 0x7F80], "<u2").tobytes()})
    read = read_state_dict(path)["w"]
    assert read.dtype == np.float32
    assert read.tolist() == [1.0, -2.5, float("inf")]


def test_views_of_one_storage(tmp_path: Path, torch_writer: Any) -> None:
    tensors = {
        "whole": torch_writer.tensor("0", "Float", 12, (3, 4), (4, 1)),
        "transposed": torch_writer.tensor("0", "Float", 12, (4, 3), (1, 4)),
        "column": torch_writer.tensor("0", "Float", 12, (3,), (4,), offset=2),
        "last": torch_writer.tensor("0", "Float", 12, (), (), offset=11),
    }
    path = torch_writer.archive(
        tmp_path / "x.pth",
        torch_writer.pickle(torch_writer.dictionary(tensors)),
        {"0": np.arange(12, dtype=np.float32).tobytes()},
    )
    read = read_state_dict(path)
    np.testing.assert_array_equal(read["whole"], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(read["transposed"], np.arange(12).reshape(3, 4).T)
    assert read["column"].tolist() == [2, 6, 10]
    assert read["last"] == 11
    assert np.shares_memory(read["whole"], read["column"])


def test_parameters(tmp_path: Path, torch_writer: Any) -> None:
    parameter = (
        b"ctorch._utils\n_rebuild_parameter\n("
        + torch_writer.tensor("0", "Float", 2, (2,), (1,))
        + b"\x88ccollections\nOrderedDict\n)RtR"
    )
    data = torch_writer.pickle(torch_writer.dictionary({"w": parameter}))
    path = torch_writer.archive(tmp_path / "x.pth", data, {"0": np.float32([1, 2]).tobytes()})
    assert read_state_dict(path)["w"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("size", "shape", "strides", "offset", "message"),
    [
        (4, (5,), (1,), 0, "does not fit"),
        (4, (2, 2), (3, 1), 0, "does not fit"),
        (4, (4,), (1,), 1, "does not fit"),
        (4, (2,), (2**31 - 1,), 0, "does not fit"),
        (4, (2**31 - 1, 2**31 - 1), (0, 0), 0, "does not fit"),  # a petabyte claimed by 16 bytes
        (4, (2,), (-1,), 1, "impossible"),
        (4, (2,), (1,), -1, "impossible"),
        (4, (2, 2), (1,), 0, "impossible"),
        (4, (1,) * 33, (1,) * 33, 0, "impossible"),
        (5, (4,), (1,), 0, "holds 16 bytes; expected 20"),
        (3, (3,), (1,), 0, "holds 16 bytes; expected 12"),
        (-4, (4,), (1,), 0, "expected a storage"),
    ],
)
def test_tensors_that_leave_their_storage(
    size: int, shape: Any, strides: Any, offset: int, message: str, tmp_path: Path, torch_writer: Any
) -> None:
    tensor = torch_writer.tensor("0", "Float", size, shape, strides, offset)
    data = torch_writer.pickle(torch_writer.dictionary({"w": tensor}))
    path = torch_writer.archive(tmp_path / "x.pth", data, {"0": bytes(16)})
    with pytest.raises(TorchCheckpointError, match=message):
        read_state_dict(path)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_malicious_pickle_is_refused_by_name(protocol: int, tmp_path: Path, torch_writer: Any) -> None:
    marker = tmp_path / "marker"

    class Payload:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {marker}",)

    path = torch_writer.archive(tmp_path / "x.pth", pickle.dumps({"w": [Payload()]}, protocol))
    with pytest.raises(TorchCheckpointError, match=r"system', which is refused"):
        read_state_dict(path)
    assert not marker.exists()


def test_other_contents(tmp_path: Path, torch_writer: Any) -> None:
    tensor = torch_writer.tensor("0", "Float", 1, (1,), (1,))
    flat = torch_writer.dictionary({"w": tensor})
    cases = {
        "torch.ComplexFloatStorage": torch_writer.dictionary(
            {"w": torch_writer.tensor("0", "ComplexFloat", 1, (1,), (1,))}
        ),
        "expected a state dict, got a list": b"](" + flat + b"e",
        "'epoch' is a int": torch_writer.dictionary({"w": tensor, "epoch": b"K\x03"}),
        r"'state_dict' is a dict\. Save the state dict itself": torch_writer.dictionary({"state_dict": flat}),
        "a parameter is a int": torch_writer.dictionary({"w": b"ctorch._utils\n_rebuild_parameter\n(K\x01tR"}),
        "described in two ways": torch_writer.dictionary(
            {"v": tensor, "w": torch_writer.tensor("0", "Int", 1, (1,), (1,))}
        ),
        "'archive/data/9' is missing": torch_writer.dictionary({"w": torch_writer.tensor("9", "Float", 1, (1,), (1,))}),
        "'archive/data/../data.pkl' is missing": torch_writer.dictionary(
            {"w": torch_writer.tensor("../data.pkl", "Float", 1, (1,), (1,))}
        ),
        "expected a storage": b"X\x01\x00\x00\x00kQ",
    }
    for message, value in cases.items():
        path = torch_writer.archive(tmp_path / "x.pth", torch_writer.pickle(value), {"0": bytes(4)})
        with pytest.raises(TorchCheckpointError, match=message) as caught:
            read_state_dict(path)
        assert str(path) in str(caught.value)


def test_other_files(tmp_path: Path, torch_writer: Any, save_torch: Save) -> None:
    def written(content: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    def fails(path: Path, message: str) -> None:
        with pytest.raises(TorchCheckpointError, match=message):
            read_state_dict(path)

    good = save_torch(tmp_path / "good.pth", STATE)
    data = zipfile.ZipFile(good).read("archive/data.pkl")
    fails(tmp_path / "absent.pth", "cannot be read .No such file")
    fails(tmp_path, "cannot be read .Is a directory")
    fails(written(b"nothing"), "expected a PyTorch checkpoint, got a file that starts with b'noth'")
    fails(written(b""), "expected a PyTorch checkpoint, got an empty file; fetch it again")
    fails(written(b"\x89HDF\r\n\x1a\n"), r"expected a PyTorch checkpoint, got an HDF5 file \(\.h5\)")
    fails(written(LFS_POINTER), "expected a PyTorch checkpoint, got a Git LFS pointer; run git lfs pull")
    fails(written(HTML_PAGE), "expected a PyTorch checkpoint, got an HTML page; download the file itself")
    fails(torch_writer.archive(tmp_path / "big.pth", data, byteorder=b"big"), "expected byte order little")
    fails(torch_writer.archive(tmp_path / "zipped.pth", data, compression=zipfile.ZIP_DEFLATED), "compressed")
    fails(torch_writer.archive(tmp_path / "huge.pth", bytes(9 * 2**20)), "pickle is larger")
    with zipfile.ZipFile(tmp_path / "two.pth", "w") as archive:
        archive.writestr("a/data.pkl", data)
        archive.writestr("b/data.pkl", data)
    fails(tmp_path / "two.pth", "expected one NAME/data.pkl in the zip, found 2")
    with zipfile.ZipFile(tmp_path / "twice.pth", "w") as archive:
        archive.writestr("a/data.pkl", data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a/data.pkl", data)
    fails(tmp_path / "twice.pth", "two entries of one name")


def test_truncated_anywhere(tmp_path: Path, save_torch: Save) -> None:
    content = save_torch(tmp_path / "good.pth", STATE).read_bytes()
    path = tmp_path / "cut.pth"
    for length in [*range(0, len(content), 13), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(TorchCheckpointError, match=r"damaged|expected a PyTorch checkpoint"):
            read_state_dict(path)


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path, save_torch: Save) -> None:
    content = save_torch(tmp_path / "good.pth", STATE).read_bytes()
    path = tmp_path / "flipped.pth"
    refused = 0
    positions = np.random.default_rng(0).permutation(len(content))[:600]
    for position in positions:
        damaged = bytearray(content)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        try:
            read = read_state_dict(path)
        except TorchCheckpointError:
            refused += 1
            continue
        for name, array in STATE.items():  # the bit stood in a date, say
            np.testing.assert_array_equal(read[name], array)
    assert refused > len(positions) // 2


def test_a_flipped_bit_in_the_weights_is_always_found(tmp_path: Path, save_torch: Save) -> None:
    path = save_torch(tmp_path / "x.pth", STATE)
    content = path.read_bytes()
    start = content.index(STATE["a.weight"].tobytes())
    for position in range(start, start + STATE["a.weight"].nbytes):
        path.write_bytes(content[:position] + bytes([content[position] ^ 16]) + content[position + 1 :])
        with pytest.raises(TorchCheckpointError, match="Bad CRC-32"):
            read_state_dict(path)


def test_the_prefix_of_data_parallel_goes_if_every_name_has_it() -> None:
    arrays = [np.zeros(i) for i in range(3)]
    wrapped = dict(zip(["module.b", "module.a.module.x", "module.module.c"], arrays, strict=True))
    plain = without_data_parallel(wrapped)
    assert list(plain) == ["b", "a.module.x", "module.c"]
    assert all(ours is array for ours, array in zip(plain.values(), arrays, strict=True))
    mixed = {"module.b": arrays[0], "module": arrays[1], "modules.c": arrays[2]}
    assert without_data_parallel(mixed) == mixed
    assert without_data_parallel({}) == {}
