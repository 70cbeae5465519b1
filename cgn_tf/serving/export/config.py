"""The configuration of `tools/export.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class ExportConfig:
    """Which model to export, and where to."""

    model: str = path_option(
        "", "Work directory or converted checkpoint of a CGN or a classifier. Required.", PathUse.READ
    )
    output_dir: str = path_option(
        "",
        "Directory of the versions, the model_base_path of TF Serving; the next free number is added. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    max_batch_size: int = option(
        0,
        "Rows that a request may have; larger ones are refused. 0: as many images as have 2^20 pixels, 1,024 of 32x32, "
        "16 of 256x256.",
        minimum=0,
    )
    max_pixels: int = option(
        1_048_576, "Classifier: width times height that an image file may have; larger ones are refused.", minimum=1
    )
    class_names: str = path_option(
        "",
        "File of class names, one a line, or JSON; empty: those that the model's run recorded, of ImageNet what is at "
        "hand, else numbers.",
        PathUse.READ,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if not self.model:
            raise ConfigError("`model`: expected the directory of a model, got none; for example `model=runs/one`.")
        if not self.output_dir:
            raise ConfigError(
                "`output_dir`: expected a directory for the versions, got none; for example `output_dir=serving/cgn`."
            )
