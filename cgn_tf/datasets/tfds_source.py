"""Data sets that TensorFlow Datasets downloads, with one clear error where that fails."""

from __future__ import annotations

import contextlib
import logging
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cgn_tf.errors import CommandError
from cgn_tf.files.contents import FileTree

_TIMEOUT_SECONDS = 15
_LOGGER = "absl"
"""Through which TFDS logs."""
_PASSED_OVER = "Variant folder"
"""How TFDS begins to tell of a folder that it has itself made for data to come, or does not read."""


class LabelledImages(NamedTuple):
    """A prepared data set of TFDS, known to have images with labels.

    Attributes:
        builder: the `tfds.core.DatasetBuilder`.
        class_names: of its labels.
    """

    builder: Any
    class_names: tuple[str, ...]

    @property
    def files(self) -> FileTree:
        """What it is read from."""
        place = Path(self.builder.data_path)
        # its JSON files tell of the download besides, which is not the same everywhere
        return FileTree(place, sorted(one.name for one in place.iterdir() if one.suffix != ".json"))

    def in_file_order(self, split: str) -> Any:
        """The images of a split, which are not decoded, and their labels: one file after the other.

        So the parts of a split, one after the other, come in the order of the whole. TFDS by itself reads several
        files in turns.

        Args:
            split: as TFDS takes it: "train", "test[100:200]".
        """
        import tensorflow_datasets as tfds  # late, as in `prepared_builder`

        decoders = {"image": tfds.decode.SkipDecoding()}
        in_order = tfds.ReadConfig(interleave_cycle_length=1)
        examples = self.builder.as_dataset(split=split, decoders=decoders, shuffle_files=False, read_config=in_order)
        return examples.map(lambda example: {key: example[key] for key in ("image", "label")})


def labelled_images(name: str, data_dir: str | None, mirrors: Sequence[str], instead: str, what: str) -> LabelledImages:
    """A data set of TFDS that has an image and a label; for the arguments and errors see `prepared_builder`.

    Args:
        name: see there; the next three likewise.
        data_dir: see there.
        mirrors: see there.
        instead: see there.
        what: the option that names it, for errors: "`dataset=tfds:cifar10`".

    Raises:
        CommandError: it has other features; or see there.
    """
    builder = prepared_builder(name, data_dir, mirrors, instead)
    import tensorflow_datasets as tfds  # late, as in `prepared_builder`

    found = builder.info.features
    features = dict(found.items()) if isinstance(found, tfds.features.FeaturesDict) else {}
    image, label = features.get("image"), features.get("label")
    if not isinstance(image, tfds.features.Image) or not isinstance(label, tfds.features.ClassLabel):
        raise CommandError(f"{what}: expected a data set with an image and a label, got {', '.join(sorted(features))}.")
    return LabelledImages(builder, tuple(label.names))


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
