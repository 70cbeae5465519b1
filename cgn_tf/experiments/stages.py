"""Which commands make one row of the table, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.checkpoints import available
from cgn_tf.datasets.config import DataConfig
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.classifier_metrics import METRICS_FILE
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.report_files import REPORT
from cgn_tf.experiments.methods import ON_OWN_IMAGES
from cgn_tf.experiments.reproduce_config import ReproduceConfig
from cgn_tf.experiments.results import dataset_folder
from cgn_tf.generation.config import GenerateConfig
from cgn_tf.generation.counterfactual_images import is_complete
from cgn_tf.options.command_line import parse
from cgn_tf.options.flags import as_text, changed_flags
from cgn_tf.weights.convert_config import ConvertConfig


class Stage(NamedTuple):
    """One command.

    Attributes:
        name: name of the directory of the stage, and of its entry in the record.
        command: name of the command: "train".
        arguments: flags of the command.
        product: where what the command makes is, a file or a directory.
    """

    name: str
    command: str
    arguments: list[str]
    product: Path

    def check(self) -> Any:
        """Holds the arguments to be ones that the command takes, which takes a moment, before hours of work.

        Returns:
            The configuration of the command that they make.

        Raises:
            ConfigError: a file of flags is missing, or the command would refuse the flags.
        """
        try:
            return parse(_CONFIGS[self.command], self.arguments)
        except ConfigError as error:
            raise ConfigError(f"{self.name} ({self.command}): {error}") from None

    def is_made(self) -> bool:
        """Whether the product is there, and whole as far as its names tell.

        Raises:
            CommandError: it cannot be looked at.
        """
        if self.command in ("train", "convert"):
            return bool(available(self.product))
        return is_complete(self.product) if self.command == "generate" else self.product.exists()


_CONFIGS: dict[str, type] = {
    "train": TrainConfig,
    "convert": ConvertConfig,
    "generate": GenerateConfig,
    "train_classifier": TrainClassifierConfig,
    "evaluate": EvaluateConfig,
}


def data_directory(config: ReproduceConfig) -> Path:
    """Where all runs of one data set are."""
    return Path(config.workdir) / dataset_folder(config.data.dataset)


def run_directory(config: ReproduceConfig, method: str, seed: int) -> Path:
    """Where the stages of one run are."""
    return data_directory(config) / method / str(seed)


def classifier_directory(config: ReproduceConfig, method: str, seed: int, images: int | None = None) -> Path:
    """Where the classifier of one run is; `images`: of how many counterfactuals, None: as many as results are of."""
    further = images is not None and images != config.num_counterfactuals
    return run_directory(config, method, seed) / (f"classifier_{images}" if further else "classifier")


def stages(config: ReproduceConfig, method: str, seed: int) -> list[Stage]:
    """The stages of one run, of which the last trains the classifier."""
    classifier = _classifier(config, method, seed, config.num_counterfactuals)
    if method in ON_OWN_IMAGES:
        return [classifier]
    return [_generator(config, method, seed), _images(config, method, seed, config.num_counterfactuals), classifier]


def further_stages(config: ReproduceConfig, seed: int) -> list[Stage]:
    """The classifiers of other numbers of counterfactuals."""
    return [
        stage
        for images in config.more_counterfactuals
        for stage in (_images(config, "cgn", seed, images), _classifier(config, "cgn", seed, images))
    ]


def report(config: ReproduceConfig) -> Stage:
    """What compares the classifiers of all methods and seeds."""
    with_cgn = [method for method in config.methods if method in ("cgn", "published_weights")]
    classifiers = [classifier_directory(config, method, seed) for method in config.methods for seed in config.seeds]
    if "cgn" in config.methods:
        classifiers += [
            classifier_directory(config, "cgn", seed, images)
            for seed in config.seeds
            for images in config.more_counterfactuals
        ]
    cgns = [run_directory(config, method, seed) / "cgn" for method in with_cgn for seed in config.seeds]
    suite = "digits" if config.is_variant else "images"
    arguments = [f"--suite={suite}", *_data_flags(config.data), _paths("classifiers", classifiers)]
    if cgns:
        arguments.append(_paths("cgns", cgns))
    output = data_directory(config) / "report"
    return Stage("report", "evaluate", [*arguments, f"--output_dir={output}"], output / REPORT)


def _generator(config: ReproduceConfig, method: str, seed: int) -> Stage:
    output = run_directory(config, method, seed) / "cgn"
    if method == "published_weights":
        return Stage("cgn", "convert", [f"--input={config.cgn_weights}", f"--output={output}"], output)
    recipe = f"gan_{config.recipe_name}" if method == "gan" else config.recipe_name
    arguments = [config.recipe(recipe), *_data_flags(config.data), f"--seed={seed}", f"--workdir={output}"]
    return Stage("cgn", "train", arguments, output / "checkpoints")


def _images(config: ReproduceConfig, method: str, seed: int, images: int) -> Stage:
    directory = run_directory(config, method, seed)
    recipe = config.recipe(f"counterfactuals_{config.recipe_name}")
    arguments = [recipe, f"--model={directory / 'cgn'}", f"--num_images={images}", f"--seed={seed}"]
    if method != "cgn":  # their noise is that of their training
        arguments += ["--truncation=1", "--texture_noise=1"]
    if method == "gan":  # which has no factors: every image is a draw of its own
        arguments += ["--mode=same_classes", "--images_per_mask=1", "--shapes_per_batch=500"]
    name = f"images_{images}"
    return Stage(name, "generate", [*arguments, f"--output_dir={directory / name}"], directory / name)


def _classifier(config: ReproduceConfig, method: str, seed: int, images: int) -> Stage:
    output = classifier_directory(config, method, seed, images)
    files = [f"classifier_{config.recipe_name}", *(["classifier_irm"] if method == "irm" else [])]
    arguments = list(map(config.recipe, files))
    arguments += [*_data_flags(config.data), f"--method={method}"]
    if method in ON_OWN_IMAGES:
        arguments.append("--training_data=original")
    else:
        made = run_directory(config, method, seed) / f"images_{images}"
        arguments += ["--training_data=counterfactual", _paths("counterfactuals", [made])]
    arguments += [f"--seed={seed}", f"--workdir={output}"]
    return Stage(output.name, "train_classifier", arguments, output / METRICS_FILE)


def _data_flags(data: DataConfig) -> list[str]:
    """Those that differ from the defaults, and the data set."""
    return [f"--dataset={data.dataset}", *changed_flags(*data.dataset_options)]


def _paths(flag: str, paths: Sequence[Path]) -> str:
    return f"--{flag}={as_text(list(map(str, paths)))}"
