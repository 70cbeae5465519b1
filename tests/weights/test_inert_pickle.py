from __future__ import annotations

import builtins
import collections
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.weights.inert_pickle import InertPickleError, Name, evaluate


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


def run(data: bytes, **admitted: Callable[..., Any]) -> Any:
    return evaluate(data, {"collections.OrderedDict": dict, **admitted}, persistent=lambda key: ("stored", key))


@pytest.mark.parametrize("protocol", range(6))
def test_plain_containers_of_every_protocol(protocol: int) -> None:
    value = {"a": [1, -2, 3.5, None, True, False, 2**70], "b": ("x", ("ü" * 300,), (), (1, 2, 3, 4)), 7: {}, "c": []}
    assert run(pickle.dumps(value, protocol)) == value


def test_admitted_functions_stand_in_for_the_real_ones() -> None:
    data = pickle.dumps([Payload(os.getcwd)] * 2)
    assert evaluate(data, {"posix.getcwd": lambda: "ours"}, persistent=id) == ["ours", "ours"]
    assert run(b"\x80\x02ccollections\nOrderedDict\n.") == Name("collections.OrderedDict")


def test_ordered_dict_loses_its_attributes_only() -> None:
    value: Any = collections.OrderedDict(a=1, b=2)
    value._metadata = {"version": 1}
    assert run(pickle.dumps(value, 2)) == {"a": 1, "b": 2}


def test_persistent_ids() -> None:
    assert run(b"\x80\x02X\x01\x00\x00\x00kQ.") == ("stored", "k")


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("depth", [0, 1, 5])
def test_os_system_is_named_and_never_called(protocol: int, depth: int, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    value: Any = Payload(os.system, f"touch {marker}")
    for _ in range(depth):
        value = {"inner": [value, (value,)]}
    data = pickle.dumps(value, protocol)
    with pytest.raises(InertPickleError, match=r"'(posix|nt)\.system', which is refused"):
        run(data)
    assert not marker.exists()
    pickle.loads(data)
    assert marker.exists()  # the payload is a real one


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"(S'touch MARKER'\nios\nsystem\n.", "os.system"),  # INST
        (b"cos\nsystem\n(S'touch MARKER'\ntR.", "os.system"),  # GLOBAL, REDUCE
        (b"(cos\nsystem\nS'touch MARKER'\no.", "os.system"),  # OBJ
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0ctouch MARKER\x85R.", "os.system"),  # STACK_GLOBAL
        (b"\x80\x02cbuiltins\ngetattr\ncos\nsystem\nX\x01\x00\x00\x00x\x86R.", "builtins.getattr"),
        (b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.", "builtins.eval"),
        (b"\x80\x02ccollections\nnamedtuple\n.", "collections.namedtuple"),
        (b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.", "collections.OrderedDict.__init__"),
        (b"\x80\x02ctorch\nload\n.", "torch.load"),
        (b"\x80\x02c__main__\nNet\n)\x81}b.", "__main__.Net"),  # NEWOBJ, BUILD
    ],
)
def test_other_ways_to_a_global(data: bytes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    imported: list[str] = []
    original = builtins.__import__

    def spy(module: str, *rest: Any) -> Any:
        imported.append(module)
        return original(module, *rest)

    monkeypatch.setattr(builtins, "__import__", spy)
    with pytest.raises(InertPickleError) as caught:
        run(data)
    monkeypatch.undo()
    assert repr(name) in str(caught.value)
    assert not {"os", "builtins", "torch", "__main__", "collections"} & set(imported)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "opcode NEWOBJ"),
        (b"\x80\x02\x82\x01.", "opcode EXT1"),
        (b"\x80\x02]}b.", "sets state on a list"),
        (b"\x80\x02}))s.", "a dict key is a tuple"),
        (b"\x80\x02K\x01)R.", "calls a value of type int"),
        (b"\x80\x02cplain\nname\n)R.", "calls 'plain.name', which is not admitted as a function"),
        (b"\x80\x02ccollections\nOrderedDict\nK\x01\x85R.", "damaged pickle near byte"),
        (b"\x80\x02)K\x01a.", "not a list"),
        (b"\x80\x02]K\x01K\x02s.", "not a dict"),
        (b"\x80\x02}(K\x01u.", "not a dict"),
        (b"\x80\x02K\x01\x93.", "stack is empty"),
        (b"\x80\x04K\x01K\x02\x93.", "not named by strings"),
        (b"\x80\x02h\x05.", "KeyError"),
        (b"\x80\x02K\x01K\x02.", "2 values are left"),
        (b"\x80\x02.", "0 values are left"),
        (b"\x80\x02(.", "0 values are left"),
        (b"\x80\x02t.", "IndexError"),
        (b"\x80\x02K\x01", "pickle exhausted before seeing STOP"),
        (b"\x80\x02\xff.", "unrecognized|unknown"),
        (b"\x80\x02X\xff\xff\xff\x7fab", "expected 2147483647 bytes"),
        (b"", "exhausted"),
    ],
)
def test_damaged_or_foreign(data: bytes, message: str) -> None:
    admitted = {"collections.OrderedDict": dict, "plain.name": None}
    with pytest.raises(InertPickleError, match=message):
        evaluate(data, admitted, persistent=id)


def test_control_characters_of_a_name_are_escaped() -> None:
    with pytest.raises(InertPickleError) as caught:
        run(b"\x80\x04\x8c\x01o\x8c\x05\x1b[31m\x93.")
    assert "\x1b" not in str(caught.value)
    assert "x1b[31m" in str(caught.value)
