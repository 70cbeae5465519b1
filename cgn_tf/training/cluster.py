"""The processes of a run, as the environment variable TF_CONFIG describes them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from cgn_tf.errors import ConfigError

TRAINS = ("chief", "worker")
"""Kinds of tasks that take part in a training."""
KNOWN = (*TRAINS, "ps", "evaluator")
"""Kinds of tasks that TensorFlow knows."""


def cluster() -> Mapping[str, list[str]]:
    """The addresses "host:port" of each kind of task in TF_CONFIG; empty without it.

    Raises:
        ConfigError: it is not JSON of a cluster and of a task that trains in it.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text.strip():
        return {}
    try:
        described = json.loads(text)
        return _checked(described)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            'TF_CONFIG: expected JSON such as {"cluster": {"worker": ["host:port", "host:port"]}, "task": {"type": '
            f'"worker", "index": 0}}}}, got {text[:300]!r} ({error}).'
        ) from None


def _checked(described: Any) -> dict[str, list[str]]:
    """The cluster of a description; ValueError says what is wrong with it."""
    addresses, task = (_dictionary(_dictionary(described, "the whole").get(name), name) for name in ("cluster", "task"))
    for name, listed in addresses.items():
        if name not in KNOWN:
            raise ValueError(f"cluster: expected the kinds {', '.join(KNOWN)}, got {name!r}")
        if not isinstance(listed, list) or not all(map(_is_address, listed)):
            raise ValueError(f"{name}: expected a list of addresses host:port, got {listed!r}")
    every = [address for listed in addresses.values() for address in listed]
    if len(set(every)) < len(every):
        raise ValueError("cluster: expected each address once")
    if len(addresses.get("chief", ())) > 1:
        raise ValueError("chief: expected one address")
    kind, index = task.get("type"), task.get("index")
    if kind not in TRAINS or kind not in addresses:
        there = [one for one in TRAINS if one in addresses]
        raise ValueError(f"task type: expected one of {', '.join(there) or 'chief, worker'}, got {kind!r}")
    # TensorFlow reads digits in quotes, too
    if type(index) is not int and not (isinstance(index, str) and index.isdecimal()):
        raise ValueError(f"task index: expected a whole number, got {index!r}")
    if not 0 <= int(index) < len(addresses[kind]):
        raise ValueError(f"task index: expected one of the {len(addresses[kind])} of {kind}, from 0 on, got {index}")
    return addresses


def _dictionary(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: expected a dictionary, got {value!r}")
    return value


def _is_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    host, _, port = value.rpartition(":")
    return bool(host.strip()) and port.isascii() and port.isdecimal() and 0 < int(port) < 2**16
