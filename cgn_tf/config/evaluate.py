"""The configuration of `tools/evaluate.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.config.networks import DataConfig
from cgn_tf.config.options import ConfigError, check_options, option


@dataclass(frozen=True)
class MasksConfig:
    """--suite=masks: does a digit CGN do what its labels say?"""

    model: str = option("", "Work directory or converted checkpoint of a digit CGN. Required.")
    output: str = option("", "File for the figures, JSON; empty: only printed.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class DigitsConfig:
    """--suite=digits: how far do classifiers of digits, and the masks that they learned from, go by the shape?"""

    classifiers: tuple[str, ...] = option((), "Work directories of classifiers trained on --dataset. Required.")
    cgns: tuple[str, ...] = option((), "Work directories of digit CGNs whose masks are read; none: no such figures.")
    textures: str = option(
        "tfds", "Textures of wildlife_mnist: procedural (no download), tfds (downloads DTD), or a directory."
    )
    held_out: int = option(0, "The last so many training digits are left out of the training split.", minimum=0)
    output_dir: str = option("", "Directory for report.json, report.md and the plots. Required.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class EvaluateConfig:
    """What to judge, on which data, and how."""

    suite: str = option("masks", "masks: one CGN; digits: classifiers, and CGNs besides.", choices=("masks", "digits"))
    dataset: str = option(
        "colored_mnist",
        "Data set that it was trained on; of wildlife_mnist no stroke colours are judged.",
        choices=("colored_mnist", "double_colored_mnist", "wildlife_mnist"),
    )
    digits: str = option("tfds", "Real digits: sklearn (bundled), tfds (downloads MNIST), or a path of an .npz.")
    data_dir: str = option("", "Where TFDS keeps its data; empty: its own default.")
    samples: int = option(2_000, "Images of a CGN to judge; --suite=masks: and as many counterfactuals.", minimum=10)
    truncation: float = option(
        1.0,
        "Factor on the noise of a CGN: below 1 images are more typical of their class and less varied.",
        above=0.0,
        maximum=2.0,
    )
    reader_steps: int = option(
        1_200,
        "Training steps, 128 images each, of the reader, a classifier of real strokes that reads masks.",
        minimum=1,
    )
    seed: int = option(0, "Of the reader, noise and labels; classifiers see the same images whatever it is.", minimum=0)
    masks_suite: MasksConfig = field(default_factory=MasksConfig)
    digits_suite: DigitsConfig = field(default_factory=DigitsConfig)

    def __post_init__(self) -> None:
        check_options(self)
        own, other = self.masks_suite, self.digits_suite
        if self.suite == "masks":
            if other != DigitsConfig():
                given = next(name for name in vars(other) if getattr(other, name) != getattr(DigitsConfig(), name))
                raise ConfigError(f"--{given} contradicts --suite=masks: set --suite=digits.")
            if not own.model:
                raise ConfigError(
                    "--model: expected the directory of a CGN, got none: --model=runs/quickstart, for example."
                )
        else:
            self._check_digits()

    def _check_digits(self) -> None:
        for name in ("model", "output"):
            if getattr(self.masks_suite, name):
                instead = {"model": "cgns", "output": "output_dir"}[name]
                raise ConfigError(f"--{name} contradicts --suite=digits: give --{instead}.")
        for name, example in (("classifiers", "runs/cgn_0,runs/cgn_1"), ("output_dir", "runs/report")):
            if not getattr(self.digits_suite, name):
                raise ConfigError(f"--{name}: expected one for --suite=digits, got none; for example {example}.")
        for name in ("classifiers", "cgns"):
            directories = getattr(self.digits_suite, name)
            if "" in directories:
                raise ConfigError(f"--{name}: expected directories, got an empty name among {','.join(directories)}.")
            if len(set(directories)) < len(directories):
                raise ConfigError(f"--{name}: expected each directory once, got {','.join(directories)}.")

    def data(self) -> DataConfig:
        """The images of the digits suite."""
        own = self.digits_suite
        return DataConfig(self.dataset, self.digits, own.textures, self.data_dir, own.held_out)
