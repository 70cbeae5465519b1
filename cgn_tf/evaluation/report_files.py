"""A report on disk: report.md, report.json and the plots."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.report import Report
from cgn_tf.evaluation.report_json import as_json
from cgn_tf.evaluation.report_plots import plots
from cgn_tf.evaluation.report_text import as_markdown
from cgn_tf.files.atomic import write_atomically
from cgn_tf.files.json_file import write_json
from cgn_tf.render.plots import write_plot

REPORT, FIGURES = REPORT_FILES = "report.md", "report.json"
"""What a report is; its text is written last."""


def write_report(output: Path, report: Report) -> tuple[str, int]:
    """Writes report.md, report.json and the plots.

    Args:
        output: directory, made where missing.
        report: of at least one classifier.

    Returns:
        The text of report.md, and the number of plots.

    Raises:
        CommandError: the disk refuses.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        names: dict[str, list[str]] = {}
        for section, name, figure in plots(report):
            write_plot(output / name, figure)
            names.setdefault(section, []).append(name)
        text = as_markdown(report, names)
        write_json(output / FIGURES, as_json(report))
        # the text last: where it is, everything that it shows is, too
        write_atomically(output / REPORT, text.encode())
    except OSError as error:
        raise CommandError(f"{output}: cannot be written ({error.strerror}); choose another `output_dir`.") from error
    return text, sum(map(len, names.values()))
