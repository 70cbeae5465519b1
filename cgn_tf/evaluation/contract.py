"""How an evaluation suite is declared.

A suite is one file: a frozen dataclass of its options (or one that suites of a kind share), the function that judges,
prints and writes, and a `SuitePart` that `suites.py` lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from cgn_tf.classifiers.config import ClassifierConfig
from cgn_tf.datasets.config import DataConfig


class SuiteRequest(NamedTuple):
    """What a suite is asked to judge.

    Attributes:
        options: an instance of the suite's `options`.
        data: the data set; its defaults where the suite reads none.
        classifier: the classifier of photographs; its defaults where the suite reads none.
    """

    options: Any
    data: DataConfig
    classifier: ClassifierConfig


def _nothing_to_check(request: SuiteRequest) -> None:
    del request


@dataclass(frozen=True, kw_only=True)
class SuitePart:
    """Declares a suite.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        evaluate: judges, prints what was found, and writes it. What the user can mend raises a `CommandError`.
        check: raises a ConfigError where options are missing or contradict one another or the data set; it looks at no
            file.
        reads_data: whether the suite reads `dataset` and its options.
        reads_classifier: whether the suite reads `classifier`, its weights and options.
    """

    name: str
    summary: str
    options: type[Any]
    evaluate: Callable[[SuiteRequest], None]
    check: Callable[[SuiteRequest], None] = _nothing_to_check
    reads_data: bool = False
    reads_classifier: bool = False
