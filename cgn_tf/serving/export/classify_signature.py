"""What a served classifier takes and gives: files in, classes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.serving.export.exif import upright
from cgn_tf.serving.export.image_header import IMAGES, MIN_BYTES, check_header, has_transparency, starts_as_image
from cgn_tf.serving.export.inputs import Input, Signature, served
from cgn_tf.serving.export.preparation import Preparation
from cgn_tf.serving.export.signatures import DEFAULT

CLASSIFY = "classify"


def classifier_signatures(
    classifier: DigitClassifier, max_batch_size: int, max_pixels: int, preparation: Preparation
) -> dict[str, Signature]:
    """The signature of a classifier, under its own name and as the default.

    Args:
        classifier: built.
        max_batch_size: of a request.
        max_pixels: of a file.
        preparation: of the images.

    Input:
        `image_bytes`: string [B], PNG or JPEG files, 1 to `max_batch_size`, each of at most `max_pixels` pixels.

    Outputs:
        `label`: int64 [B], the class of the highest probability.
        `probabilities`: float32 [B, num_classes].

    Raises:
        tf.errors.InvalidArgumentError: see `served`; other formats, damaged files, larger images, which are refused by
            what stands in their head, before anything is decoded.
    """
    size = classifier.image_size

    def decoded(row: Any) -> Any:
        number, file = row
        return preparation(_decoded(number, file, max_pixels, preparation.colour), size)

    def classify(image_bytes: Any) -> dict[str, Any]:
        numbers = tf.range(tf.size(image_bytes))
        images = tf.map_fn(
            decoded, (numbers, image_bytes), fn_output_signature=tf.TensorSpec([size, size, 3], tf.uint8)
        )
        # RGB in [-1, 1], as in training
        logits = classifier(tf.cast(images, tf.float32) / 127.5 - 1.0, training=False)
        return {"label": tf.argmax(logits, axis=1), "probabilities": tf.nn.softmax(logits)}

    expected = f"PNG or JPEG files of at least {MIN_BYTES} bytes"
    files = Input(IMAGES, tf.string, _example, expected, starts_as_image, otherwise="something else")
    signature = served([files], classify, max_batch_size)
    return {CLASSIFY: signature, DEFAULT: signature}


def _example(rows: int) -> np.ndarray:
    """PNG and JPEG files in turn, of several sizes."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (28 + 4 * row, 32, 3), np.uint8) for row in range(rows)]
    encode = (tf.io.encode_png, tf.io.encode_jpeg)
    return np.array([encode[row % 2](image).numpy() for row, image in enumerate(images)], object)


def _decoded(number: Any, file: Any, max_pixels: int, colour: tuple[int, ...]) -> Any:
    """The image of a file as it is to be shown, uint8 [H, W, 3].

    What is transparent lies over a colour, that of the training images. 16 bits become 8, grey three equal channels, an
    index the colour of its palette. EXIF's orientation is honoured, an embedded colour profile is not.
    """

    def over_colour() -> Any:
        image = tf.cast(tf.io.decode_png(file, channels=4), tf.int32)
        behind = tf.constant(colour) * (255 - image[..., 3:])
        return tf.cast((image[..., :3] * image[..., 3:] + behind + 127) // 255, tf.uint8)

    def opaque() -> Any:
        # asked for alpha as well, the decoder would make pixels of fewer than 8 bits nearly transparent
        return tf.io.decode_image(file, channels=3, expand_animations=False)

    # what the decoder says of a damaged file ends with the name of the operation, and so of the input
    with tf.name_scope(f"{IMAGES}_expected_whole_PNG_or_JPEG_files"), check_header(number, file, max_pixels):
        file = tf.identity(file)
        return upright(tf.cond(has_transparency(file), over_colour, opaque), number, file)
