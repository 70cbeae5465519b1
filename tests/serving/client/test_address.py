from __future__ import annotations

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.serving.client.address import parse_address
from cgn_tf.serving.client.client import connect

BAD = {
    "localhost:8500": "one that begins with none of grpc://, http://, https://",
    "": "one that begins with none of",
    "ftp://host": "one that begins with none of",
    "http:host": "no host",
    "http://": "no host",
    "http://:8501": "no host",
    "grpc://:8500": "no host",
    "http://[::1": "one with a malformed host",
    "grpc://[::1": "one with a malformed host",
    "http://[zz]:80": "one with a malformed host",
    "http://[::1]x:80": "the host [::1]x",
    "http://a,b": "the host a,b",
    "http://a..b:80": "the host a..b",
    "grpc://*:80": "the host *",
    "grpc://::1:80": "a port that is no number from 1 to 65535",
    "http://host:port": "a port that is no number from 1 to 65535",
    "http://host:": "a port that is no number from 1 to 65535",
    "http://host:0": "a port that is no number from 1 to 65535",
    "http://host:-1": "a port that is no number from 1 to 65535",
    "http://host:65536": "a port that is no number from 1 to 65535",
    # which gRPC would take modulo 2**16
    "grpc://host:99999": "a port that is no number from 1 to 65535",
    "http://host:٨٠": "a port that is no number from 1 to 65535",
    "http://ho st:80": "one with spaces or control characters",
    " http://host:80": "one with spaces or control characters",
    "http://host:80\n": "one with spaces or control characters",
    "http://host:80/\x00": "one with spaces or control characters",
    "http://host?model=a": "one with ? or #",
    "http://host/#": "one with ? or #",
    "grpc://host:8500/cgn": "the path /cgn, which gRPC does not have",
    "http://user:secret@host:80": "one with a user, which is not sent",
    "grpc://user@host:80": "one with a user, which is not sent",
}


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_cannot_be_is_told_in_one_line(address: str) -> None:
    with pytest.raises(CommandError) as raised:
        connect(address, "cgn")
    message = str(raised.value)
    assert ": expected the address of a server, such as grpc://host:8500 or http://host:8501, got " in message
    assert f"got {BAD[address]}" in message
    assert len(message.splitlines()) == 1
    assert "secret" not in message


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("http://localhost:8501", "localhost", 8501),
        ("HTTPS://Models.Example.org./prefix/", "models.example.org.", None),
        ("http://my_server:1/a%20b", "my_server", 1),
        ("grpc://127.0.0.1:65535", "127.0.0.1", 65535),
        ("grpc://[::1]:8500/", "::1", 8500),
        ("http://[fe80::1%25eth0]", "fe80::1%25eth0", None),
        ("http://bücher.example:80", "bücher.example", 80),
    ],
)
def test_addresses(address: str, host: str, port: int | None) -> None:
    parts = parse_address(address)
    assert (parts.hostname, parts.port) == (host, port)
