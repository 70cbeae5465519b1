"""TF_CONFIG: what describes a run of several processes, and what is answered in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.training.cluster import cluster

TWO = {"worker": ["127.0.0.1:1", "[::1]:65535"]}
FIRST = {"type": "worker", "index": 0}


@pytest.mark.parametrize("text", ["", "  "])
def test_no_cluster(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    assert cluster() == {}


@pytest.mark.parametrize(
    ("addresses", "task"),
    [
        (TWO, FIRST),
        (TWO, {"type": "worker", "index": "1"}),
        ({"chief": ["a:1"], **TWO, "ps": ["b:2"], "evaluator": []}, {"type": "chief", "index": 0}),
    ],
)
def test_a_cluster(addresses: Any, task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": addresses, "task": task, "environment": "cloud"}))
    assert cluster() == addresses


@pytest.mark.parametrize(
    ("described", "problem"),
    [
        (7, "the whole: expected a dictionary, got 7"),
        ("worker", "the whole: expected a dictionary, got 'worker'"),
        (["a:1"], "the whole: expected a dictionary"),
        ({}, "cluster: expected a dictionary, got None"),
        ({"cluster": ["a:1"], "task": FIRST}, "cluster: expected a dictionary, got ['a:1']"),
        ({"cluster": TWO}, "task: expected a dictionary, got None"),
        ({"cluster": TWO, "task": "worker"}, "task: expected a dictionary, got 'worker'"),
        ({"cluster": {"worker": "a:1"}, "task": FIRST}, "worker: expected a list of addresses host:port, got 'a:1'"),
        ({"cluster": {"worker": {"0": "a:1"}}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": 2}, "task": FIRST}, "worker: expected a list of addresses host:port, got 2"),
        ({"cluster": {"worker": None}, "task": FIRST}, "worker: expected a list of addresses host:port, got None"),
        ({"cluster": {"worker": ["a:1", 5]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a:1", None]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a:1", ["b:2"]]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a", "b:2"]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a:one"]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a:70000"]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": [""]}, "task": FIRST}, "worker: expected a list of addresses host:port"),
        ({"cluster": {"worker": ["a:1", "a:1"]}, "task": FIRST}, "cluster: expected each address once"),
        ({"cluster": {"chief": ["a:1", "b:1"], **TWO}, "task": FIRST}, "chief: expected one address"),
        ({"cluster": {"boss": ["a:1"], **TWO}, "task": FIRST}, "cluster: expected the kinds chief, worker, ps, evalua"),
        ({"cluster": {"worker": []}, "task": FIRST}, "task index: expected one of the 0 of worker, from 0 on, got 0"),
        ({"cluster": TWO, "task": {"index": 0}}, "task type: expected one of worker, got None"),
        ({"cluster": TWO, "task": {"type": "chief", "index": 0}}, "task type: expected one of worker, got 'chief'"),
        ({"cluster": TWO, "task": {"type": ["worker"], "index": 0}}, "task type: expected one of worker, got ['work"),
        ({"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}, "task type: expected one of chief, worker"),
        ({"cluster": TWO, "task": {"type": "worker"}}, "task index: expected a whole number, got None"),
        (
            {"cluster": TWO, "task": {"type": "worker", "index": "one"}},
            "index: expected a whole number, got 'one'",
        ),
        ({"cluster": TWO, "task": {"type": "worker", "index": 0.5}}, "task index: expected a whole number, got 0.5"),
        ({"cluster": TWO, "task": {"type": "worker", "index": True}}, "task index: expected a whole number, got True"),
        ({"cluster": TWO, "task": {"type": "worker", "index": [0]}}, "task index: expected a whole number, got [0]"),
        ({"cluster": TWO, "task": {"type": "worker", "index": -1}}, "the 2 of worker, from 0 on, got -1"),
        ({"cluster": TWO, "task": {"type": "worker", "index": 2}}, "the 2 of worker, from 0 on, got 2"),
    ],
)
def test_a_wrong_description(described: Any, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", json.dumps(described))
    with pytest.raises(ConfigError) as caught:
        cluster()
    message = str(caught.value)
    assert message.startswith('TF_CONFIG: expected JSON such as {"cluster": {"worker"')
    assert problem in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["no json", "{", "[" * 100_000, "{'cluster': {}}"])
def test_no_json(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError, match="TF_CONFIG: expected JSON such as") as caught:
        cluster()
    assert len(str(caught.value)) < 800
