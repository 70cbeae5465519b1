"""The options that the suites of classifiers share, and what of them has to be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.evaluation.robustness.heads import AVERAGES
from cgn_tf.options.declaration import option, path_option
from cgn_tf.options.paths import PathUse


def images_option() -> Any:
    """A field for the directory of the images."""
    return path_option("", "Directory of the images that are judged.", PathUse.READ)


def output_dir_option() -> Any:
    """A field for the directory of the report."""
    return path_option("", "Directory for report.json, report.md and the plots. Required.", PathUse.WRITE_DIRECTORY)


def average_option() -> Any:
    """A field for how several heads make one decision."""
    return option(
        "probabilities",
        "What is averaged over the heads of a classifier that has several: their probabilities (softmax first), or "
        "their logits.",
        choices=AVERAGES,
    )


def check_given(suite: str, request: SuiteRequest, names: Sequence[tuple[str, str]]) -> None:
    """Holds options to be given.

    Args:
        suite: its name.
        request: whose options they are.
        names: name of an option and an example of its value, of each.

    Raises:
        ConfigError: one is not.
    """
    for name, example in names:
        if not getattr(request.options, name):
            raise ConfigError(f"`{name}`: expected one for `suite={suite}`, got none; for example `{name}={example}`.")
