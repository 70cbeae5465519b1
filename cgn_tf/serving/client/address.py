"""Where a server is."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from cgn_tf.errors import CommandError

SCHEMES = ("grpc", "http", "https")

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|\[[^\]]+\]")
_PORT = re.compile(r":[0-9]+$")
_USER = re.compile(r"//[^/]*@")


def parse_address(address: str) -> SplitResult:
    """The parts of `grpc://host:8500`, `http://host:8501` or `https://host/prefix`.

    Raises:
        CommandError: it is none of these; without it, other ports and hosts than those meant would be asked.
    """
    wrong = _fault(address)
    if wrong is not None:
        shown = _USER.sub("//…@", " ".join(address.split()))  # a password is not repeated
        raise CommandError(
            f"{shown}: expected the address of a server, such as grpc://host:8500 or http://host:8501, got {wrong}."
        )
    return urlsplit(address)


def _fault(address: str) -> str | None:
    """What is wrong with an address; None where nothing is."""
    if not address.isprintable() or " " in address:
        return "one with spaces or control characters"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "one with a malformed host"
    if parts.scheme not in SCHEMES:
        return f"one that begins with none of {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
    if "@" in parts.netloc:
        return "one with a user, which is not sent"
    if not _has_good_port(parts):
        return "a port that is no number from 1 to 65535"
    host = _PORT.sub("", parts.netloc)
    if not _HOST.fullmatch(host):
        return f"the host {host}" if host else "no host"
    if "?" in address or "#" in address:
        return "one with ? or #"
    if parts.scheme == "grpc" and parts.path.strip("/"):
        return f"the path {parts.path}, which gRPC does not have"
    return None


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        return False
