"""Options of how a training run is spread over devices, and with which arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option

MUTABLE = frozenset(
    {"strategy", "logical_cpus", "jit", "steps_per_execution", "micro_batches", "gradient_checkpointing"}
)
"""Options that may differ when a run goes on: they change a step's result by rounding alone."""


@dataclass(frozen=True)
class DistributionConfig:
    """Devices, precision, and how a step is executed."""

    strategy: str = option(
        "auto",
        "one_device; mirrored: all devices of this machine; multi_worker: those of all processes that the environment "
        "variable TF_CONFIG names, which share `workdir`; auto: multi_worker where TF_CONFIG names several, mirrored "
        "where there are several GPUs (or logical CPUs), else one_device.",
        choices=("auto", "one_device", "mirrored", "multi_worker"),
    )
    logical_cpus: int = option(1, "Devices that the CPU is divided into, to try a strategy without GPUs.", minimum=1)
    mixed_precision: str = option(
        "float32",
        "Arithmetic of the networks; variables and losses are float32 in any case, and float16 gets loss scaling.",
        choices=("float32", "bfloat16", "float16"),
    )
    jit: bool = option(False, "Compile the step with XLA, for GPUs; on CPUs it is slower.")
    steps_per_execution: int = option(
        1, "Steps that one call runs on the devices; logs are means over them, and a stop waits for them.", minimum=1
    )
    micro_batches: int = option(
        1,
        "Parts that each device computes one after the other, with one update at the end, to save memory; only without "
        "batch norm.",
        minimum=1,
    )

    gradient_checkpointing: bool = option(
        False, "Compute BigGAN's blocks a second time in the backward pass instead of keeping what they computed."
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.logical_cpus > 1 and self.strategy == "one_device":
            raise ConfigError(
                f"`strategy=one_device` contradicts `logical_cpus={self.logical_cpus}`: set `strategy=mirrored`."
            )
        if self.jit and self.logical_cpus > 1:
            raise ConfigError(
                f"`jit` contradicts `logical_cpus={self.logical_cpus}`: XLA sees one CPU and cannot compile a step "
                "that reduces over several; set `nojit`."
            )
