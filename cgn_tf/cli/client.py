"""The command `client`."""

from __future__ import annotations

from cgn_tf.serving.client.config import ClientConfig


def client(config: ClientConfig) -> None:
    """Asks a model server for images, which it writes, or what digits are on images, and prints names and answers."""
    # imported now: each of the two without what the other needs
    if config.task == "classify":
        from cgn_tf.serving.client.classify_files import classify_files

        for file in classify_files(config):
            print(f"{file.name}: {file.label} ({file.probability:.1%})")
    else:
        from cgn_tf.serving.client.write_images import write_images

        for path in write_images(config):
            print(path)
