"""What the reports of the suites of classifiers have in common: what they are bound to, and how they are written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.evaluation.contract import SuiteRequest
from cgn_tf.evaluation.report_files import write_report
from cgn_tf.evaluation.resumable import ComputedRows, resumable_report
from cgn_tf.files.contents import CONTENTS, FileTree, contents
from cgn_tf.options.dictionaries import to_dict

_WITHOUT_EFFECT = ("batch_size",)
"""Options that change no figure."""


@contextlib.contextmanager
def bound_report(
    suite: str,
    request: SuiteRequest,
    classifier: Classifier,
    files: Mapping[str, Sequence[Path] | FileTree],
) -> Iterator[ComputedRows]:
    """Binds `output_dir` to the options, the weights of the classifier and the content of files.

    Args:
        suite: its name.
        request: with options that have an `output_dir`.
        classifier: as loaded.
        files: name of an option → the files that are read for it.

    Raises:
        CommandError: see `resumable_report`; or a file cannot be read.
    """
    options = {name: value for name, value in to_dict(request.options).items() if name not in _WITHOUT_EFFECT}
    digests = contents(files).get(CONTENTS, {})
    if classifier.weights_sha256:
        digests = {**digests, "classifier_weights_sha256": classifier.weights_sha256}
    config: dict[str, Any] = {"suite": suite, "options": options, "classifier": to_dict(request.classifier)}
    with resumable_report(Path(request.options.output_dir), {**config, CONTENTS: digests}) as computed:
        yield computed


def described(classifier: Classifier) -> dict[str, Any]:
    """What report.json says of a classifier."""
    geometry = classifier.geometry
    return {
        "name": classifier.name,
        "weights_sha256": classifier.weights_sha256,
        "num_classes": classifier.num_classes,
        "heads": list(classifier.heads),
        "size": geometry.size,
        "resized": geometry.resized,
        "fit": geometry.fit,
        "interpolation": geometry.interpolation,
    }


def finish(
    output: Path,
    figures: Mapping[str, Any],
    plots: Iterable[tuple[str, str, Figure]],
    text: Callable[[Mapping[str, Sequence[str]]], str],
    others: Sequence[str] = (),
) -> None:
    """Writes a report, see `write_report`, prints its text and what was written.

    Args:
        output: directory.
        figures: content of report.json.
        plots: section, name of the file, and figure of each.
        text: section → names of its plots → the text of report.md.
        others: names of further files that were written there.
    """
    written, count = write_report(output, figures, plots, text)
    print(written)
    plots_words = f"{count} plot{'' if count == 1 else 's'}"
    print(f"{output}: wrote {', '.join(['report.md', 'report.json', *others])} and {plots_words}.")
