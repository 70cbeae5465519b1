"""The client that the flags of the client command describe."""

from __future__ import annotations

from cgn_tf.serving.client.client import Client, connect
from cgn_tf.serving.client.config import ClientConfig
from cgn_tf.serving.client.retry import Retry


def connected(config: ClientConfig) -> Client:
    """A client of the server and model of a configuration; close it.

    Raises:
        CommandError: an address or a name that cannot be.
    """
    retry = Retry(attempts=config.attempts)
    return connect(config.server, config.model_name, config.version or None, config.timeout, retry)
