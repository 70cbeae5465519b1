"""The table of results in a document: written, or held to the results."""

from __future__ import annotations

from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.experiments.results import read_results
from cgn_tf.experiments.results_table import as_markdown, replaced
from cgn_tf.experiments.results_table_config import ResultsTableConfig
from cgn_tf.files.atomic import write_atomically


def results_table(config: ResultsTableConfig) -> None:
    """Prints the table, and puts it into `config.document`; with `config.check` it only compares.

    Raises:
        CommandError: no results, a faulty one, a file without marks, or, with `check`, one that is not up to date.
    """
    table = as_markdown(read_results(Path(config.results)))
    if not config.document:
        print(table, end="")
        return
    path = Path(config.document)
    try:
        before = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: expected a text in UTF-8, got other bytes ({error}).") from error
    after = replaced(before, table, str(path))
    if config.check:
        if after != before:
            raise CommandError(f"{path}: does not show the results as they are; run this without `check`.")
        print(f"{path}: up to date.")
        return
    print(table)
    if after != before:
        try:
            write_atomically(path, after.encode())
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror}).") from error
    print(f"{path}: {'wrote the table' if after != before else 'up to date'}.")
