"""Which strategy a configuration gives, and what one process agrees on with itself. Several: tests/cli."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from cgn_tf.errors import ConfigError
from cgn_tf.training.cluster import cluster
from cgn_tf.training.distribution import DistributionConfig
from cgn_tf.training.strategy import ProcessConsensus, is_chief, is_multi_worker, make_strategy

TASKS = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)


@pytest.mark.skipif(len(tf.config.list_physical_devices("GPU")) > 1, reason="auto takes all GPUs")
@pytest.mark.parametrize("name", ["auto", "one_device"])
def test_one_device(name: str) -> None:
    strategy = make_strategy(DistributionConfig(strategy=name))
    assert strategy.num_replicas_in_sync == 1
    assert is_chief(strategy)
    assert not is_multi_worker(strategy)


def test_mirrored() -> None:
    assert isinstance(make_strategy(DistributionConfig(strategy="mirrored")), tf.distribute.MirroredStrategy)


def test_several_processes_need_their_addresses() -> None:
    with pytest.raises(ConfigError, match="expected the environment variable TF_CONFIG"):
        make_strategy(DistributionConfig(strategy="multi_worker"))
    assert cluster() == {}


@pytest.mark.parametrize("text", ["no json", json.dumps({"cluster": TASKS, "task": {"type": "worker", "index": 2}})])
def test_a_wrong_cluster(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError, match="TF_CONFIG: expected JSON such as"):
        make_strategy(DistributionConfig())


@pytest.mark.parametrize(
    ("task_type", "task_id", "jobs", "chief"),
    [("worker", 0, ["worker"], True), ("worker", 1, ["worker"], False), ("chief", 0, ["chief", "worker"], True),
     ("worker", 0, ["chief", "worker"], False)],
)  # fmt: skip
def test_who_writes(task_type: str, task_id: int, jobs: list[str], chief: bool) -> None:
    resolver = SimpleNamespace(
        task_type=task_type, task_id=task_id, cluster_spec=lambda: SimpleNamespace(jobs=jobs)
    )  # fmt: skip
    strategy: Any = SimpleNamespace(cluster_resolver=resolver)
    assert is_chief(strategy) is chief


def test_one_process_agrees_with_itself() -> None:
    together = ProcessConsensus(tf.distribute.get_strategy())
    assert together.any(True)
    assert not together.any(False)
    together.require_equal(3, "the step", "share it.")


def test_contradictions() -> None:
    with pytest.raises(ConfigError, match=r"`jit` contradicts `logical_cpus=2`"):
        DistributionConfig(jit=True, logical_cpus=2)
    with pytest.raises(ConfigError, match=r"`strategy=one_device` contradicts `logical_cpus=2`"):
        DistributionConfig(strategy="one_device", logical_cpus=2)
