"""A checkpoint as the next version of a served model."""

from __future__ import annotations

from pathlib import Path

from cgn_tf import checkpoints
from cgn_tf.checkpoints.recorded_class_names import recorded_class_names
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.config import ExportConfig
from cgn_tf.serving.export.run_record import read_run
from cgn_tf.serving.export.servable import Limits, servable


def export_checkpoint(config: ExportConfig) -> tuple[Path, int]:
    """Writes the next version of a model to the directory `config.output_dir`.

    Returns:
        The folder of the version, and the step of the checkpoint.

    Raises:
        CommandError: no model, not one that is served, names of other classes, or the disk refuses.
    """
    model, origin = checkpoints.load_with_source(config.model)
    limits = Limits(config.max_batch_size, config.max_pixels)
    servable(model, limits)
    names = load_class_names(model.num_classes, config.class_names, recorded_class_names(origin.config)).names
    version = saved_model.export(model, origin, config.output_dir, limits, names, read_run(origin))
    return version, origin.step
