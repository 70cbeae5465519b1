"""The configuration of `tools/results_table.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class ResultsTableConfig:
    """Which results, and the text that shows them."""

    results: str = path_option(
        "results", "Directory of the results: <variant>/<method>/<seed>.json below it.", PathUse.READ
    )
    document: str = path_option(
        "docs/results.md", "File with the marks between which the table stands; empty: only printed.", PathUse.READ
    )
    check: bool = option(False, "Write nothing; exit with 1 where the file does not show the results as they are.")

    def __post_init__(self) -> None:
        check_options(self)
        if not self.results:
            raise ConfigError("`results`: expected a directory, got none; for example `results=results`.")
        if self.check and not self.document:
            raise ConfigError("`check`: expected a file to hold to the results, got none; give `document`.")
