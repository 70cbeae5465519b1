"""Reads pickles as data: opcodes become plain values, no global is imported and nothing is called."""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple, NoReturn


class InertPickleError(ValueError):
    """The pickle is damaged, or holds something else than the values that its reader admits."""


class Name(NamedTuple):
    """A global as the pickle names it, never imported."""

    qualified: str


_NUMBERS = frozenset(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"))
_TEXTS = frozenset(
    ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
)
_BYTES = frozenset(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"))
_LITERALS = _NUMBERS | _TEXTS | _BYTES
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_NO_EFFECT = frozenset(("PROTO", "FRAME"))
_SMALL_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_CONTAINERS = frozenset(
    {"TUPLE", "LIST", "DICT", "EMPTY_LIST", "EMPTY_DICT", "APPEND", "APPENDS", "SETITEM", "SETITEMS"}
)


def evaluate(
    data: bytes | IO[bytes],
    admitted: Mapping[str, Callable[..., Any] | None],
    persistent: Callable[[Any], Any],
) -> Any:
    """The value of a pickle made of numbers, strings, tuples, lists, dicts and the admitted globals.

    The opcodes are decoded by `pickletools.genops` (which only parses) and interpreted here, so that there is no
    path from the file to an import or to a call of anything but the functions given below.

    Args:
        data: the pickle, any protocol; or a file in memory, which is left at the byte after the pickle.
        admitted: qualified name of each global that may occur → function of ours that stands for a call of it (it
            gets the pickled arguments), or None if the global is only mentioned and never called.
        persistent: makes a value of a persistent id.

    Returns:
        The value. State that the pickle sets on a dict (PyTorch keeps a `_metadata` attribute there) is dropped.

    Raises:
        InertPickleError: another global, an opcode that would build anything else, or a damaged pickle.
    """
    machine = _Machine(admitted, persistent)
    position = 0
    try:
        for opcode, argument, start in pickletools.genops(data):
            position = start or 0
            machine.step(opcode.name, argument)
    except InertPickleError:
        raise
    except (ValueError, LookupError, TypeError, OverflowError, AttributeError, Warning) as error:
        # A warning is one where warnings are errors: Python's parser warns about bad escapes in old string opcodes.
        raise InertPickleError(f"damaged pickle near byte {position} ({type(error).__name__}: {error})") from error
    return machine.result()


class _Machine:
    """The stack machine of the pickle format, restricted to inert values."""

    def __init__(self, admitted: Mapping[str, Callable[..., Any] | None], persistent: Callable[[Any], Any]) -> None:
        self.admitted = admitted
        self.persistent = persistent
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []  # the stacks below the open marks
        self.memo: dict[int, Any] = {}

    def result(self) -> Any:
        if len(self.stack) != 1 or self.outer:
            raise InertPickleError(f"damaged pickle: {len(self.stack)} values are left at its end, expected 1")
        return self.stack[0]

    def step(self, name: str, argument: Any) -> None:
        stack = self.stack
        match name:
            case _ if name in _LITERALS:
                stack.append(argument)
            case _ if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case _ if name in _NO_EFFECT or name == "STOP":
                pass
            case "MARK":
                self.outer.append(stack)
                self.stack = []
            case _ if name in _SMALL_TUPLES or name in _CONTAINERS:
                self._step_container(name)
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "GLOBAL":
                stack.append(self._admit(argument.replace(" ", ".", 1)))
            case "STACK_GLOBAL":
                parts = self._take(2)
                if not all(isinstance(part, str) for part in parts):
                    raise InertPickleError("damaged pickle: a global is not named by strings")
                stack.append(self._admit(".".join(parts)))
            case "REDUCE":
                function, arguments = self._take(2)
                stack.append(self._call(function, arguments))
            case "BUILD":
                target, _ = self._take(2)
                if type(target) is not dict:
                    raise InertPickleError(f"sets state on a {type(target).__name__}, which is not admitted")
                stack.append(target)
            case "BINPERSID":
                stack.append(self.persistent(stack.pop()))
            case "INST":
                self._refuse(argument.replace(" ", ".", 1))
            case _:
                raise InertPickleError(f"opcode {name} is not admitted: only tensors and plain containers are read")

    def _step_container(self, name: str) -> None:
        """What makes or fills a tuple, a list or a dictionary."""
        match name:
            case _ if name in _SMALL_TUPLES:
                items = self._take(_SMALL_TUPLES[name])
                self.stack.append(tuple(items))
            case "TUPLE":
                items = self._take_marked()
                self.stack.append(tuple(items))
            case "LIST":
                items = self._take_marked()
                self.stack.append(items)
            case "DICT":
                items = self._take_marked()
                self.stack.append({})
                self._set_items(items)
            case "EMPTY_LIST":
                self.stack.append([])
            case "EMPTY_DICT":
                self.stack.append({})
            case "APPEND":
                self._extend(self._take(1))
            case "APPENDS":
                self._extend(self._take_marked())
            case "SETITEM":
                self._set_items(self._take(2))
            case "SETITEMS":
                self._set_items(self._take_marked())

    def _take(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise InertPickleError("damaged pickle: its stack is empty where a value is needed")
        start = len(self.stack) - count
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def _take_marked(self) -> list[Any]:
        items, self.stack = self.stack, self.outer.pop()
        return items

    def _extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise InertPickleError("damaged pickle: it appends to something that is not a list")
        self.stack[-1].extend(items)

    def _set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise InertPickleError("damaged pickle: it sets items of something that is not a dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) not in (str, int):
                raise InertPickleError(f"a dict key is a {type(key).__name__}; expected str or int")
            target[key] = value

    def _admit(self, qualified: str) -> Name:
        if qualified not in self.admitted:
            self._refuse(qualified)
        return Name(qualified)

    def _refuse(self, qualified: str) -> NoReturn:
        raise InertPickleError(
            f"refers to {qualified[:200]!r}, which is refused: only tensors and plain containers are read, and nothing "
            "is executed"
        )

    def _call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Name) or type(arguments) is not tuple:
            raise InertPickleError(
                f"calls a value of type {type(function).__name__}, which is not admitted as a function"
            )
        stand_in = self.admitted[function.qualified]
        if stand_in is None:
            raise InertPickleError(f"calls {function.qualified!r}, which is not admitted as a function")
        return stand_in(*arguments)
