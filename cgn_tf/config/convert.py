"""The configuration of `tools/convert.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.config.options import ConfigError, check_options, option


@dataclass(frozen=True)
class ConvertConfig:
    """Which foreign weights to read, and where to write the checkpoint."""

    source: str = option("torch", "Format of the input: torch (state dict of the digit CGN).", choices=("torch",))
    input: str = option("", "File to read. Required.")
    output: str = option("", "New or empty directory for the checkpoint. Required.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.input:
            raise ConfigError("--input: expected a file of weights, got none; for example --input=cgn.pth.")
        if not self.output:
            raise ConfigError("--output: expected a directory to write, got none; for example --output=runs/converted.")
