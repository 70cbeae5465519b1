"""What the export command does once its command line is right."""

from __future__ import annotations

from pathlib import Path

from cgn_tf import checkpoints
from cgn_tf.config.export import ExportConfig
from cgn_tf.data.class_names import load_class_names
from cgn_tf.serving import saved_model
from cgn_tf.serving.run_record import read_run
from cgn_tf.serving.servable import Limits, servable


def export(config: ExportConfig) -> None:
    """Writes the next version and prints where it is.

    Raises:
        CommandError: no model, not one that is served, names of other classes, or the disk refuses.
    """
    model, origin = checkpoints.load_with_origin(config.model)
    limits = Limits(config.max_batch_size, config.max_pixels)
    servable(model, limits)
    names = load_class_names(model.num_classes, config.class_names).names
    version = saved_model.export(model, origin, config.output_dir, limits, names, read_run(origin))
    base = Path(config.output_dir).resolve()
    print(
        f"{version}: step {origin.step} of {config.model}. To serve it:\n"
        f"tensorflow_model_server --rest_api_port=8501 --model_name={base.name} --model_base_path={base}"
    )
