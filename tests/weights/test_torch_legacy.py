from __future__ import annotations

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgn_tf.weights import torch_legacy
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError, read_state_dict
from tests.weights.legacy_files import (
    MAGIC,
    SYSTEM,
    Called,
    Global,
    Stored,
    parts,
    pickled,
    state_parts,
    storage_bytes,
    tensor,
    written,
)

STATE = {
    "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7,
    "a.bias": np.array([-1.5, 2.0]),
    "b.num_batches_tracked": np.array(11, np.int64),
    "b.flags": np.array([True, False, True]),
}


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_state_dict_comes_back(protocol: int, tmp_path: Path) -> None:
    state = {**STATE, "empty": np.zeros((0, 3), np.float32)}
    read = read_state_dict(written(tmp_path / "x.pth", state_parts(state, protocol)))
    assert list(read) == list(state)
    for name, array in state.items():
        np.testing.assert_array_equal(read[name], array)
        assert (read[name].shape, read[name].dtype) == (array.shape, array.dtype)
        assert not read[name].flags.writeable
        assert read[name].flags.aligned


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"])
def test_every_type_comes_back(dtype: str, tmp_path: Path) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    read = read_state_dict(written(tmp_path / "x.pth", state_parts({"w": array})))["w"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_bfloat16_is_widened(tmp_path: Path) -> None:
    value = {"w": tensor(Stored("0", "BFloat16", 3), (3,), (1,))}
    stored = {"0": storage_bytes(np.array([0x3F80, 0xC020, 0x7F80], "<u2"))}
    read = read_state_dict(written(tmp_path / "x.pth", parts(value, stored)))["w"]
    assert read.dtype == np.float32
    assert read.tolist() == [1.0, -2.5, float("inf")]


def test_views_share_the_memory_of_their_storage(tmp_path: Path) -> None:
    value = {
        "whole": tensor(Stored("0", "Float", 12), (3, 4), (4, 1)),
        "column": tensor(Stored("0", "Float", 12), (3,), (4,), 2),
        "row": tensor(Stored("0", "Float", 12, ("1", 4, 4)), (4,), (1,)),  # a view of the storage, as of old
        "last": tensor(Stored("0", "Float", 12, ("2", 8, 4)), (), (), 3),
    }
    stored = {"0": storage_bytes(np.arange(12, dtype=np.float32))}
    read = read_state_dict(written(tmp_path / "x.pth", parts(value, stored)))
    np.testing.assert_array_equal(read["whole"], np.arange(12).reshape(3, 4))
    assert read["column"].tolist() == [2, 6, 10]
    assert read["row"].tolist() == [4, 5, 6, 7]
    assert read["last"] == 11
    assert all(np.shares_memory(read["whole"], array) for array in read.values())


def test_old_tensors_and_parameters(tmp_path: Path) -> None:
    stored = Stored("0", "Float", 2)
    value = {
        "old": Called(Global("torch._utils", "_rebuild_tensor"), stored, 0, (2,), (1,)),
        "parameter": Called(
            Global("torch._utils", "_rebuild_parameter"), tensor(stored, (2,), (1,)), True, OrderedDict()
        ),
    }
    read = read_state_dict(written(tmp_path / "x.pth", parts(value, {"0": storage_bytes(np.float32([1, 2]))})))
    assert read["old"].tolist() == read["parameter"].tolist() == [1, 2]


@pytest.mark.parametrize("place", ["magic", "system", "value", "keys"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_malicious_pickle_is_refused_by_name(place: str, protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    payload = pickle.dumps([Called(os.system, f"touch {marker}")], protocol)
    content = state_parts(STATE)
    content[["magic", "version", "system", "value", "keys"].index(place)] = payload
    with pytest.raises(TorchCheckpointError, match=r"system', which is refused"):
        read_state_dict(written(tmp_path / "x.pth", content))
    assert not marker.exists()
    pickle.loads(payload)
    assert marker.exists()  # the payload is a real one


def test_truncated_anywhere(tmp_path: Path) -> None:
    regions = state_parts(STATE)
    content = b"".join(regions)
    ends = np.cumsum([len(region) for region in regions])
    lengths = {*range(0, len(content), 7), *(end + step for end in ends for step in (-9, -1, 0, 1, 8, 9))}
    for length in sorted(length for length in lengths if length < len(content)):
        with pytest.raises(TorchCheckpointError, match=r"damaged|expected a PyTorch checkpoint, got") as caught:
            read_state_dict(written(tmp_path / "cut.pth", [content[:length]]))
        assert str(caught.value).startswith(f"{tmp_path / 'cut.pth'}: ")
        if length >= ends[4]:
            assert "which holds tensor '" in str(caught.value)


def test_a_flipped_bit_before_the_elements_is_found_or_harmless(tmp_path: Path) -> None:
    content = b"".join(state_parts(STATE))
    refused = 0
    positions = range(sum(len(region) for region in state_parts(STATE)[:5]))
    for position in positions:
        damaged = bytearray(content)
        damaged[position] ^= 1 << (position % 8)
        try:
            read_state_dict(written(tmp_path / "flipped.pth", [bytes(damaged)]))
        except TorchCheckpointError:
            refused += 1
    assert refused > len(positions) // 2


def test_claims_are_held_against_the_file(tmp_path: Path) -> None:
    def fails(size: Any, stored: bytes, message: str, shape: Any = (4,), *view: Any) -> None:
        value = {"w": tensor(Stored("0", "Float", size, *view), shape, (1,) * len(shape))}
        with pytest.raises(TorchCheckpointError, match=message):
            read_state_dict(written(tmp_path / "x.pth", parts(value, {"0": stored})))

    huge = 2**60
    four = storage_bytes(np.zeros(4, np.float32))
    fails(huge, four, r"tensor 'w', claims 4 elements")
    fails(huge, struct.pack("<q", huge) + bytes(16), "takes 4611686018427387904 bytes, but only 16 are left")
    fails(4, struct.pack("<q", huge) + bytes(16), f"claims {huge} elements")
    fails(4, struct.pack("<q", -1) + bytes(16), "claims -1 elements")
    fails(5, struct.pack("<q", 5) + bytes(16), "takes 20 bytes, but only 16 are left")
    fails(4, four[:5], "tensor 'w', is missing")
    fails(4, four, r"shape \(5,\).* does not fit its storage of 4 elements", (5,))
    fails(4, four, "does not fit its storage of 2 elements", (3,), ("1", 1, 2))
    fails(4, four, "a view of .* is impossible", (4,), ("1", 1, 4))
    fails(4, four, "a view of .* is impossible", (1,), ("1", -1, 2))
    fails(4, four, "a view of .* is impossible", (1,), "1")
    fails(-4, four, "expected a storage")
    fails(2**64, four, "expected a storage")
    fails(4, four + b"\0\0", "2 bytes follow the last storage; expected none")


def test_other_contents(tmp_path: Path) -> None:
    one = tensor(Stored("0", "Float", 1), (1,), (1,))
    stored = {"0": storage_bytes(np.zeros(1, np.float32))}
    good = parts({"w": one}, stored)

    def fails(content: list[bytes], message: str) -> None:
        with pytest.raises(TorchCheckpointError, match=message) as caught:
            read_state_dict(written(tmp_path / "x.pth", content))
        assert len(str(caught.value).splitlines()) == 1

    fails([pickle.dumps({"w": 1})], r"starts with a dict instead of PyTorch's magic number 0x1950a8")
    fails([pickled(MAGIC + 1), *good[1:]], "starts with a int instead of")
    fails([good[0], pickled(1002), *good[2:]], "expected protocol version 1001, got 1002")
    fails([good[0], pickled(10**5000), *good[2:]], "expected protocol version 1001, got int")
    fails([*good[:2], pickled({**SYSTEM, "little_endian": False}), *good[3:]], "expected byte order little")
    fails([*good[:2], pickled([]), *good[3:]], "expected byte order little")
    fails([*good[:2], b"\x80\x02K\x01Q.", *good[3:]], "refers to a storage; expected plain values")
    fails(parts([one], stored), "expected a state dict, got a list")
    fails(parts({"state_dict": {"w": one}}, stored), "'state_dict' is a dict. Save the state dict itself")
    fails(parts({"w": one, "epoch": 3}, stored), "'epoch' is a int")
    fails(parts({"w": tensor(Stored("0", "ComplexFloat", 1), (1,), (1,))}, stored), r"torch\.ComplexFloatStorage")
    fails(parts({"w": Called(Global("torch.nn", "Linear"))}, stored), r"'torch\.nn\.Linear', which is refused")
    fails(parts({"w": one}, {}), "storage '0' of tensor 'w' is not in the file's list")
    fails(parts({"w": one}, {**stored, "1": b""}), "storage '1' is listed, but the state dict does not mention it")
    fails([*good[:4], pickled(["0", "0"]), *good[5:]], "list of storages is damaged")
    fails([*good[:4], pickled([0]), *good[5:]], "list of storages is damaged")
    fails([*good[:4], pickled(7), *good[5:]], "list of storages is damaged")
    both = {"w": one, "v": tensor(Stored("0", "Int", 1), (1,), (1,))}
    fails(parts(both, stored), "described in two ways")


def test_pickles_that_are_no_list_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_legacy, "MAX_PICKLE_BYTES", 500)
    with pytest.raises(TorchCheckpointError, match="pickles are larger than 500 bytes"):
        read_state_dict(written(tmp_path / "x.pth", state_parts(STATE)))
