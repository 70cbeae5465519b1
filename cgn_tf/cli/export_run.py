"""What the export command does once its command line is right."""

from __future__ import annotations

from pathlib import Path

from cgn_tf import checkpoints
from cgn_tf.config.export import ExportConfig
from cgn_tf.models.cgn import CGN
from cgn_tf.serving import saved_model


def export(config: ExportConfig) -> None:
    """Writes the next version and prints where it is.

    Raises:
        CommandError: no model, not one of a CGN, or the disk refuses.
    """
    model, origin = checkpoints.load_with_origin(config.model)
    if not isinstance(model, CGN):
        raise saved_model.ExportError(f"{config.model}: expected a CGN, got {type(model).__name__}.")
    version = saved_model.export(model, origin, config.output_dir, config.max_batch_size)
    base = Path(config.output_dir).resolve()
    print(
        f"{version}: step {origin.step} of {config.model}. To serve it:\n"
        f"tensorflow_model_server --rest_api_port=8501 --model_name={base.name} --model_base_path={base}"
    )
