"""All commands in one table; nothing is imported before a command is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple


class Command(NamedTuple):
    """One command.

    Attributes:
        name: how the command is called: `python -m cgn_tf NAME`.
        config: "module:class" of the configuration, whose options are the flags of the command.
        function: "module:function" that is called with the configuration and returns an exit code, or None for 0.
            Its module is imported after the flags were found to be right.
        summary: one line for `--help`.
        others: whether arguments that are no flags of the command are allowed; the function then gets them, too.
        resumes: the option that names a directory whose own configuration counts where no file of flags is given.
        begins: what such a directory is of, and flags that begin one: see `refuse_without_begun`.
    """

    name: str
    config: str
    function: str
    summary: str
    others: bool = False
    resumes: str = ""
    begins: tuple[str, str] = ("", "")


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command(
            "train",
            "cgn_tf.assembly.train_config:TrainConfig",
            "cgn_tf.cli.train:train",
            "Trains a Counterfactual Generative Network; `workdir` alone goes on where an earlier run ended.",
            resumes="workdir",
            begins=("a run", "`config=quickstart`"),
        ),
        Command(
            "generate",
            "cgn_tf.generation.config:GenerateConfig",
            "cgn_tf.cli.generate:generate",
            "Makes a data set of counterfactuals that TFDS reads; `output_dir` alone goes on with one that was begun.",
            resumes="output_dir",
            begins=("a data set", "`model=runs/quickstart`"),
        ),
        Command(
            "train_classifier",
            "cgn_tf.assembly.classifier_config:TrainClassifierConfig",
            "cgn_tf.assembly.train_classifier:train_classifier",
            "Trains the paper's classifier on digits or counterfactuals, and tests it; `workdir` alone goes on with "
            "a run, or tests.",
            resumes="workdir",
            begins=("a run", "`config=classifier_quickstart` and `counterfactuals=runs/counterfactuals`"),
        ),
        Command(
            "evaluate",
            "cgn_tf.evaluation.config:EvaluateConfig",
            "cgn_tf.evaluation.config:evaluate",
            "Judges generators and classifiers by a suite: masks, images, shape bias, backgrounds, and more.",
        ),
        Command(
            "film",
            "cgn_tf.render.film_config:FilmConfig",
            "cgn_tf.cli.film:film",
            "Makes a film of the sample grids of a training run: masks emerge, backgrounds are inpainted.",
        ),
        Command(
            "segment",
            "cgn_tf.segmentation.config:SegmentConfig",
            "cgn_tf.segmentation.segment:segment",
            "Finds the objects in photographs: masks and cut-outs by U²-Net; `output_dir` alone goes on with them.",
            resumes="output_dir",
            begins=("masks", "`images=photos` and `masker_weights=u2netp.onnx`"),
        ),
        Command(
            "build_challenge",
            "cgn_tf.challenge.config:BuildChallengeConfig",
            "cgn_tf.challenge.build:build_challenge",
            "Builds a background challenge in the manner of ImageNet-9 from photographs or a CGN.",
            resumes="output_dir",
            begins=("a challenge", "`images=photos` and `masks=masks`"),
        ),
        Command(
            "convert",
            "cgn_tf.weights.convert_config:ConvertConfig",
            "cgn_tf.cli.convert:convert",
            "Reads foreign weights in the format `source` and writes a checkpoint to the directory `output`.",
        ),
        Command(
            "export",
            "cgn_tf.serving.export.config:ExportConfig",
            "cgn_tf.cli.export:export",
            "Writes a CGN or a classifier of digits as a SavedModel, the next version in a directory that TF Serving "
            "loads.",
        ),
        Command(
            "client",
            "cgn_tf.serving.client.config:ClientConfig",
            "cgn_tf.cli.client:client",
            "Asks a TF Serving for counterfactual images, and writes them as PNG files, or what digits are on images.",
        ),
        Command(
            "ablate",
            "cgn_tf.experiments.ablate_config:AblateConfig",
            "cgn_tf.cli.ablate:ablate",
            "Trains with every loss, then with each switched off in turn, and tabulates; the same command goes on.",
            others=True,
        ),
        Command(
            "reproduce",
            "cgn_tf.experiments.reproduce_config:ReproduceConfig",
            "cgn_tf.experiments.reproduce:reproduce",
            "Trains generators and classifiers of a variant end to end, keeps results, compares; the same command goes "
            "on.",
        ),
        Command(
            "results_table",
            "cgn_tf.experiments.results_table_config:ResultsTableConfig",
            "cgn_tf.experiments.results_document:results_table",
            "Writes the table of all results, beside the published figures, into docs/results.md.",
        ),
        Command(
            "benchmark",
            "cgn_tf.benchmark.config:BenchmarkConfig",
            "cgn_tf.cli.benchmark:benchmark",
            "How fast are data, training and generation on this machine, and how much memory do they take?",
        ),
    )
}
"""By name, in the order in which they are used."""


def imported(path: str) -> Any:
    """What "module:name" stands for."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
