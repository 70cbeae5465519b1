"""The directory of a BigGAN module: given as such, as an archive, or as a handle of tfhub.dev or Kaggle."""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import tempfile
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cgn_tf.errors import CommandError
from cgn_tf.files.known_kind import HEAD_BYTES, known_kind

MAX_UNPACKED_BYTES = 4 * 2**30
"""More than any BigGAN module holds; what an archive may grow to."""

_WAYS = {
    "tfhub": "a tfhub.dev handle (https://tfhub.dev/deepmind/biggan-deep-256/1)",
    "kaggle": "a Kaggle handle (deepmind/biggan/tensorFlow1/VARIATION)",
    "directory": "a module directory (saved_model.pb and variables/)",
    "archive": "its .tar.gz fetched elsewhere",
    "torch": "HuggingFace's biggan-deep-256-pytorch_model.bin through `source=torch`",
}
_TFHUB = re.compile(r"https?://(www\.)?tfhub\.dev/.+")
_KAGGLE_URL = re.compile(r"https?://(?:www\.)?kaggle\.com/models/([^?#]+)(?:[?#].*)?")
_KAGGLE = re.compile(
    r"""(?P<owner>\w[\w.-]*) / (?P<model>\w[\w.-]*) / (?:frameworks/)? (?P<framework>tensorflow\d)
        / (?:variations/)? (?P<variation>\w[\w.-]*) (?:/ (?:versions/)? (?P<version>\d+))? /?""",
    re.IGNORECASE | re.VERBOSE,
)


class HubModuleError(CommandError):
    """The module cannot be had, is damaged, or lacks what was asked of it."""


def located(source: str) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """The directory of a module.

    Args:
        source: see `hub_module.open_hub_module`.

    Returns:
        The directory, not yet looked into; and the temporary directory to clean up, if an archive was unpacked.

    Raises:
        HubModuleError: it cannot be had; the other ways to the weights are named.
    """
    if os.path.isdir(source):
        return _module_root(Path(source)), None
    if _TFHUB.fullmatch(source):
        return _fetched(source, "tfhub", _resolve_tfhub), None
    address = _KAGGLE_URL.fullmatch(source)
    handle = _KAGGLE.fullmatch(address[1] if address else source)
    if handle:
        framework = handle["framework"][0].lower() + handle["framework"][1:]  # a URL may say TensorFlow1
        parts = [handle["owner"], handle["model"], framework, handle["variation"], handle["version"]]
        return _fetched("/".join(filter(None, parts)), "kaggle", _download_from_kaggle), None
    if source.endswith((".tar.gz", ".tgz")) and os.path.isfile(source):
        unpacked = _unpacked(source)
        return _module_root(Path(unpacked.name)), unpacked
    reason = "is neither a module nor a handle" if os.path.exists(source) else "no such file, directory or handle"
    raise _unavailable(source, reason)


def one_line(error: BaseException) -> str:
    """The message of another library's error, as part of one of our lines."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def _unavailable(source: str, reason: str, tried: str | None = None) -> HubModuleError:
    *ways, last = [way for kind, way in _WAYS.items() if kind != tried]
    return HubModuleError(f"{source}: {reason}. Give the weights {'another' if tried else 'one'} way: "
                          f"{', '.join(ways)}, or {last}.")  # fmt: skip


def _module_root(path: Path) -> Path:
    """The directory itself, or the only one inside it that is a module: archives often wrap it."""
    inside = [file.parent for file in sorted(path.glob("*/saved_model.pb"))]
    return inside[0] if len(inside) == 1 and not (path / "saved_model.pb").exists() else path


def _fetched(handle: str, kind: str, fetch: Callable[[str], Any]) -> Path:
    try:
        return _module_root(Path(fetch(handle)))
    except HubModuleError:
        raise
    except Exception as error:  # no network, 403, no such model, no room: each library has its own types
        reason = f"could not be fetched ({type(error).__name__}: {one_line(error)})"
        raise _unavailable(handle, reason, kind) from error


def _resolve_tfhub(handle: str) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated as an API", UserWarning)
        import tensorflow_hub as hub
    return hub.resolve(handle)


def _download_from_kaggle(handle: str) -> Any:
    try:
        import kagglehub
    except ImportError as error:
        reason = "a Kaggle handle needs the package kagglehub (pip install kagglehub)"
        raise _unavailable(handle, reason, "kaggle") from error
    return kagglehub.model_download(handle)


class _Capped(gzip.GzipFile):
    """A decompressed stream that fails once it is longer than `MAX_UNPACKED_BYTES`, headers included."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > MAX_UNPACKED_BYTES:
            raise tarfile.TarError(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
        return data


def _unpacked(archive: str) -> tempfile.TemporaryDirectory[str]:
    directory = tempfile.TemporaryDirectory(prefix="cgn_hub_module_")
    try:
        with open(archive, "rb") as file:
            head = file.read(HEAD_BYTES)
        if not head.startswith(b"\x1f\x8b") and (kind := known_kind(head)):
            raise tarfile.TarError(f"expected a .tar.gz, got {kind}")
        with _Capped(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as entries:
            for entry in entries:
                if not (entry.isfile() or entry.isdir()):
                    raise tarfile.TarError(f"{entry.name!r} is a link or a device; expected files and directories")
                if entry.name.startswith("/") or ".." in entry.name.split("/"):
                    raise tarfile.TarError(f"{entry.name!r} leads out of the archive")
                entries.extract(entry, directory.name, filter="data")
            while stream.read(2**20):  # to the end, where the checksum stands
                pass
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        directory.cleanup()
        raise _unavailable(archive, f"refused or damaged archive ({one_line(error)})", "archive") from error
    except BaseException:  # Ctrl-C while gigabytes are unpacked
        directory.cleanup()
        raise
    return directory
