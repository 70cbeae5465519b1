"""Data sets that TensorFlow Datasets downloads, with one clear error where that fails."""

from __future__ import annotations

import contextlib
import logging
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from cgn_tf.errors import CommandError

_TIMEOUT_SECONDS = 15
_LOGGER = "absl"
"""Through which TFDS logs."""
_PASSED_OVER = "Variant folder"
"""How TFDS begins to tell of a folder that it has itself made for data to come, or does not read."""


def prepared_builder(name: str, data_dir: str | None, mirrors: Sequence[str], instead: str) -> Any:
    """A TFDS builder whose data lie on the disk; downloads them if they do not.

    What TFDS logs meanwhile is warned of as "TFDS: …", but for folders without data that it passes over, such as one
    that it has made for them.

    Args:
        name: of the data set, with its major version: "mnist:3.*.*".
        data_dir: where TFDS keeps its data; None or empty: its own default.
        mirrors: addresses that TFDS downloads from; one that answers is enough.
        instead: what to use without TFDS; ends the error message.

    Returns:
        The `tfds.core.DatasetBuilder`; `as_dataset` reads from it.

    Raises:
        CommandError: no mirror can be reached, or TFDS fails, for whatever reason.
    """
    try:
        with _as_warnings():
            # imported late: it takes half a second, and the other sources do without it
            import tensorflow_datasets as tfds

            builder = tfds.builder(name, **({"data_dir": data_dir} if data_dir else {}))
            # TFDS itself retries for more than three minutes before it says that a machine is offline
            if not builder.is_prepared() and not any(_answers(url) for url in mirrors):
                raise ConnectionError(f"none of {', '.join(mirrors)} can be reached")
            builder.download_and_prepare()
    except Exception as error:  # TFDS raises whatever its many back ends raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        raise CommandError(f"TFDS could not provide {name.split(':')[0]}: {reason}. {instead}") from error
    return builder


@contextlib.contextmanager
def _as_warnings() -> Iterator[None]:
    """Within the block what is logged as a warning or worse is warned of, but for `_PASSED_OVER`."""

    def is_logged(record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        message = record.getMessage()
        if not message.startswith(_PASSED_OVER):
            warnings.warn(f"TFDS: {message}", stacklevel=2)
        return False

    logger = logging.getLogger(_LOGGER)
    logger.addFilter(is_logged)
    try:
        yield
    finally:
        logger.removeFilter(is_logged)


def _answers(url: str) -> bool:
    """Whether a server can be reached; any HTTP status counts. Proxies of the environment are honoured."""
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 (the addresses are this package's own)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
