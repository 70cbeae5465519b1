"""The configuration of `tools/evaluate.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.config.options import ConfigError, check_options, option


@dataclass(frozen=True)
class EvaluateConfig:
    """Which CGN to judge, on what, and how."""

    model: str = option("", "Work directory or converted checkpoint of a digit CGN. Required.")
    dataset: str = option(
        "colored_mnist",
        "Data set that it was trained on; of wildlife_mnist no stroke colours are judged.",
        choices=("colored_mnist", "double_colored_mnist", "wildlife_mnist"),
    )
    digits: str = option(
        "tfds", "Real digits for the reader: sklearn (bundled), tfds (downloads MNIST), or a path of an .npz."
    )
    data_dir: str = option("", "Where TFDS keeps its data; empty: its own default.")
    samples: int = option(2_000, "Images to judge, and as many counterfactuals.", minimum=10)
    truncation: float = option(
        1.0,
        "Factor on the noise: below 1 images are more typical of their class and less varied.",
        above=0.0,
        maximum=1.0,
    )
    reader_steps: int = option(1_200, "Training steps of the reader, 128 images each.", minimum=1)
    seed: int = option(0, "Of the reader, noise and labels.", minimum=0)
    output: str = option("", "File for the figures, JSON; empty: only printed.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.model:
            raise ConfigError(
                "--model: expected the directory of a CGN, got none: --model=runs/quickstart, for example."
            )
