"""The devices of a run as a `tf.distribute` strategy, and what its processes have to agree on."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.training.cluster import cluster
from cgn_tf.training.distribution import DistributionConfig

FINGERPRINT_BITS = 24
"""Squares of numbers of so many bits, summed over up to 32 replicas, are exact in float64."""


class DisagreementError(CommandError):
    """The processes of a run were started with different options, or see different checkpoints."""


def make_strategy(config: DistributionConfig) -> tf.distribute.Strategy:
    """The strategy of a run; call it before any other use of TensorFlow, whose devices it sets up.

    GPU memory is taken as it is needed instead of all at once.

    Raises:
        ConfigError: multi_worker without TF_CONFIG, TF_CONFIG that is no cluster, or jit over several replicas.
        RuntimeError: TensorFlow's devices were in use before.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    if config.logical_cpus > 1:
        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(config.logical_cpus)]
        )
    workers = len(cluster().get("worker", ())) + len(cluster().get("chief", ()))
    name = config.strategy
    if name == "auto":
        devices = max(len(tf.config.list_physical_devices("GPU")), config.logical_cpus)
        name = "multi_worker" if workers > 1 else "mirrored" if devices > 1 else "one_device"
    strategy = _make(name, config, workers)
    if config.jit and strategy.num_replicas_in_sync > 1:
        raise ConfigError(
            f"`jit`: expected one replica, got {strategy.num_replicas_in_sync}: batch norm reduces over replicas "
            "within a step, which XLA does not compile here; set `nojit`, or `strategy=one_device`."
        )
    return strategy


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes; of a run of one process: always."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    return resolver.task_type == "chief" or (resolver.task_id == 0 and "chief" not in resolver.cluster_spec().jobs)


def is_multi_worker(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes take part."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


class ProcessConsensus:
    """What the processes of a run tell each other between steps; every process has to make the same calls.

    With one process nothing is sent.
    """

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self._strategy = strategy
        self._total = tf.function(self._reduced, input_signature=[tf.TensorSpec((2,), tf.float64)])

    def any(self, flag: bool) -> bool:
        """Whether `flag` is set in any process; returns when all have asked."""
        return self._sums(float(flag))[0] > 0 if is_multi_worker(self._strategy) else flag

    def require_equal(self, value: int, what: str, advice: str) -> None:
        """Holds `value`, at least 0 and of up to 24 bits, to be equal in all processes.

        Raises:
            DisagreementError: in every process, where it is not; `what` differs, and `advice` says what to do.
        """
        if not is_multi_worker(self._strategy):
            return
        replicas = self._strategy.num_replicas_in_sync
        total, squares = self._sums(float(value))
        # equal exactly where mean² = mean of squares and this process has the mean
        if (total, squares) != (replicas * value, replicas * value**2) or replicas * squares != total**2:
            raise DisagreementError(f"{what} differs between the processes (here: {value}); {advice}")

    def _sums(self, value: float) -> tuple[float, float]:
        total, squares = self._total(tf.constant([value, value**2], tf.float64)).numpy().tolist()
        return total, squares

    def _reduced(self, values: Any) -> Any:
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, self._strategy.run(tf.identity, (values,)), axis=None)


def _make(name: str, config: DistributionConfig, workers: int) -> tf.distribute.Strategy:
    if name == "multi_worker":
        if not workers:
            raise ConfigError(
                "`strategy=multi_worker`: expected the environment variable TF_CONFIG with the addresses of all "
                "processes and the place of this one, got none; set it, or choose `strategy=mirrored`."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "mirrored":
        gpus = tf.config.list_logical_devices("GPU")
        return tf.distribute.MirroredStrategy([device.name for device in gpus or tf.config.list_logical_devices("CPU")])
    return tf.distribute.get_strategy()
