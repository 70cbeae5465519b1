"""A report on disk: report.md, report.json and the plots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.report import Report
from cgn_tf.evaluation.report_json import as_json
from cgn_tf.evaluation.report_plots import plots as plots_of
from cgn_tf.evaluation.report_text import as_markdown
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.command_paths import check_path
from cgn_tf.files.json_file import write_json
from cgn_tf.options.paths import PathUse
from cgn_tf.render.plots import write_plot

REPORT, FIGURES = REPORT_FILES = "report.md", "report.json"
"""What a report is; its text is written last."""


def check_report_files(output: Path) -> None:
    """Holds the files of a report to be writable, before the work.

    Raises:
        ConfigError: one is not.
    """
    for name in REPORT_FILES:
        check_path("output_dir", PathUse.WRITE_FILE, output / name)


def write_report(
    output: Path,
    figures: Mapping[str, Any],
    plots: Iterable[tuple[str, str, Figure]],
    text: Callable[[Mapping[str, Sequence[str]]], str],
) -> tuple[str, int]:
    """Writes report.md, report.json and the plots.

    Args:
        output: directory, made where missing.
        figures: content of report.json.
        plots: section of the report, name of the file, and figure of each plot.
        text: section → names of its plots → the text of report.md.

    Returns:
        The text of report.md, and the number of plots.

    Raises:
        CommandError: the disk refuses.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        names: dict[str, list[str]] = {}
        for section, name, figure in plots:
            write_plot(output / name, figure)
            names.setdefault(section, []).append(name)
        written = text(names)
        write_json(output / FIGURES, figures)
        # the text last: where it is, everything that it shows is, too
        write_atomically(output / REPORT, written.encode())
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another `output_dir`.") from error
    return written, sum(map(len, names.values()))


def write_classifier_report(output: Path, report: Report) -> tuple[str, int]:
    """Writes what was found about classifiers, at least one; see `write_report`."""
    return write_report(output, as_json(report), plots_of(report), lambda names: as_markdown(report, names))
