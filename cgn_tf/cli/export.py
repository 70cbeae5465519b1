"""The command `export`."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.serving.export.config import ExportConfig
from cgn_tf.serving.export.export_checkpoint import export_checkpoint


def export(config: ExportConfig) -> None:
    """Writes the next version of a served model, and prints where it is and how it is served."""
    version, step = export_checkpoint(config)
    base = Path(config.output_dir).resolve()
    print(
        f"{version}: step {step} of {config.model}. To serve it:\n"
        f"tensorflow_model_server --rest_api_port=8501 --model_name={base.name} --model_base_path={base}"
    )
