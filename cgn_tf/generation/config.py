"""The configuration of `tools/generate.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.generation.class_choice import MODES
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.seeds import seed_option
from cgn_tf.types import Composite

MODEL_DATASET = "model_dataset"
"""Entry of a data set's configuration: the data set that the model was trained on, where its checkpoint says so."""
MODEL_CLASS_NAMES = "model_class_names"
"""The names of that data set's classes, where it has names."""
MUTABLE = frozenset({"model", "png", "model_step", MODEL_DATASET, MODEL_CLASS_NAMES})
"""What may change between two processes that make one data set; the model's weights may not."""
PER_PROCESS = frozenset({"output_dir", "shard_index", "num_shards"})
"""Options of one process, which are no part of the data set."""

PARTS = Composite._fields
"""What may be written of each counterfactual."""


@dataclass(frozen=True, kw_only=True)
class GenerateConfig:
    """The data set of counterfactuals, and how it is made."""

    model: str = path_option("", "Work directory or converted checkpoint of a CGN. Required.", PathUse.READ)
    output_dir: str = path_option(
        "",
        "Directory of the data set: new, empty, or one that the same options have begun. Required.",
        PathUse.WRITE_DIRECTORY,
    )
    num_images: int = option(50_000, "Images in all.", minimum=1)
    mode: str = option(
        "random",
        "Classes of shape, texture and background: random, all alike; best_classes, those that the paper's authors "
        "named for ImageNet; fixed_classes, those of `classes`; same_classes, one for all three, so that the images "
        "are no counterfactuals.",
        choices=MODES,
    )
    classes: tuple[str, ...] = option(
        (), "fixed_classes: shape, texture and background by index, WordNet id or name, comma separated."
    )
    class_names: str = path_option(
        "",
        "File of names, one a line in the order of the classes, or Keras' imagenet_class_index.json; empty: what the "
        "model knows of its data set's.",
        PathUse.READ,
    )
    outputs: tuple[str, ...] = option(
        ("image",), "What is written of each: the image and, if wanted, its parts.", choices=PARTS
    )
    images_per_mask: int = option(
        0, "Images of each mask, with a texture and a background of their own; 0: 10 digits, 1 of ImageNet.", minimum=0
    )
    seed: int = seed_option(0, "Integer seed of noise, labels and shifts.")
    truncation: float = option(
        1.0,
        "Factor on the noise: below 1 images are more typical of their class and less varied, above 1 (digits only) "
        "the other way round. The paper's data for ImageNet classifiers have 0.5.",
        above=0.0,
        maximum=2.0,
    )
    texture_noise: float = option(
        1.0,
        "Digits: further factor on the noise of texture and background; above 1 these vary more within a class.",
        minimum=0.0,
    )
    shapes_per_batch: int = option(0, "Masks that are made at once; 0: 50 of digits, 1 of ImageNet.", minimum=0)
    batches_per_file: int = option(
        0, "Batches in a file; 0: 10 of digits, by default 5,000 images, and 100 of ImageNet.", minimum=0
    )
    shard_index: int = option(0, "This process makes the files whose index is this one modulo `num_shards`.", minimum=0)
    num_shards: int = option(1, "Processes among which the files are divided.", minimum=1)
    png: bool = option(False, "Also a PNG of each image, in a folder a file, and labels.csv.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.model:
            raise ConfigError(
                "`model`: expected the directory of a CGN, got none: `model=runs/quickstart`, for example."
            )
        if not self.output_dir:
            raise ConfigError(
                "`output_dir`: expected the directory of the data set, got none: `output_dir=runs/counterfactuals`, "
                "for example."
            )
        if self.shard_index >= self.num_shards:
            raise ConfigError(
                f"`shard_index`: expected less than `num_shards={self.num_shards}`, got {self.shard_index}; "
                "indices begin with 0."
            )
        if self.mode == "fixed_classes" and len(self.classes) != 3:
            raise ConfigError(
                f"`classes`: expected three for `mode=fixed_classes`, got {len(self.classes)}: shape, texture and "
                "background, for example `classes=207,293,978`."
            )
        if self.mode != "fixed_classes" and self.classes:
            raise ConfigError(f"`classes` contradicts `mode={self.mode}`: set `mode=fixed_classes`.")
        if "image" not in self.outputs or len(set(self.outputs)) != len(self.outputs):
            raise ConfigError(
                f"`outputs`: expected image and other parts, each once, got {','.join(self.outputs) or 'nothing'}."
            )
