"""What is known of the run that a model comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.evaluation.classifier_metrics import METRICS_FILE
from cgn_tf.files.json_file import read_json


class RunRecord(NamedTuple):
    """Configuration and figures of a run, as JSON has them; empty where there are none."""

    config: Mapping[str, Any]
    metrics: Mapping[str, Any]


def read_run(origin: CheckpointSource) -> RunRecord:
    """The record of the run that wrote a checkpoint.

    Metrics of other steps than the checkpoint's are no metrics of this model, and left out.

    Raises:
        CommandError: there are metrics, and they cannot be read.
    """
    workdir = origin.path.parent.parent
    return RunRecord(origin.config or {}, _metrics(workdir / METRICS_FILE, origin.step))


def _metrics(file: Path, step: int) -> dict[str, Any]:
    try:
        content = read_json(file) if file.exists() else {}
    except ValueError:
        return {}
    return content if isinstance(content, dict) and content.get("steps") == step else {}
