"""A CGN as a SavedModel for TF Serving, which needs nothing of this package.

    SERVING/cgn/                    what `tensorflow_model_server --model_name=cgn --model_base_path=` is given
      1/                            a version; the server loads the highest number, also while it runs
        saved_model.pb, variables/
        assets.extra/cgn_tf.json    which checkpoint it is of, classes, noise width, image size

By default a server keeps only the highest version, and takes a new one up within seconds of its appearance; to go back,
remove the highest. Others are kept by a `model_config_file` with `model_version_policy { specific { versions: 1 } }`.
With request batching, its `max_batch_size` must not exceed that of the export.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.checkpoints import Origin
from cgn_tf.checkpoints.durable import write_file
from cgn_tf.checkpoints.manifest import created_by
from cgn_tf.errors import CommandError
from cgn_tf.models.cgn import CGN
from cgn_tf.serving.signatures import LABELS, TRUNCATION, generate_signature
from cgn_tf.serving.versions import publish
from cgn_tf.types import Triplet

SIGNATURE: str = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
"""The only signature: "serving_default"."""

METADATA = "cgn_tf.json"
TOLERANCE = 1e-4


class ExportError(CommandError):
    """A SavedModel cannot be written, or does not generate what its model does."""


def export(cgn: CGN, origin: Origin, directory: str | Path, max_batch_size: int = 1024) -> Path:
    """Writes the next version of a served CGN; see `generate_signature` for what it takes and gives.

    Variables are stored, not constants: a constant graph is a quarter faster for one image and not for 16, but its
    folding moves values by 5e-6, and this way the server's numbers are the model's own.

    Args:
        cgn: a built model.
        origin: its checkpoint, for the metadata.
        directory: of the versions; made where missing.
        max_batch_size: rows that a request may have.

    Returns:
        The version's folder.

    Raises:
        ExportError: the disk refuses, or the written model does not load and generate what `cgn` does. No version is
            left then.
    """
    cgn = cgn.folded_copy()

    def write(folder: Path) -> None:
        _save(cgn, folder, max_batch_size)
        extra = folder / "assets.extra"
        extra.mkdir()
        write_file(extra / METADATA, (json.dumps(metadata(cgn, origin, max_batch_size), indent=1) + "\n").encode())
        _compare(cgn, folder)

    try:
        return publish(Path(directory), write)
    except (OSError, tf.errors.OpError) as error:
        raise ExportError(f"{directory}: exporting failed ({error}); check space and permissions.") from error


def metadata(cgn: CGN, origin: Origin, max_batch_size: int) -> dict[str, Any]:
    """What stands in `assets.extra/cgn_tf.json`: enough to write a client, and to find the weights again."""
    return {
        "step": origin.step,
        "sha256": origin.sha256,
        "num_classes": cgn.num_classes,
        "noise_dim": cgn.noise_dim,
        "image_size": [cgn.image_size, cgn.image_size],
        "max_batch_size": max_batch_size,
        "created_by": created_by(),
    }


def _save(cgn: CGN, folder: Path, max_batch_size: int) -> None:
    module = tf.Module()
    # bare variables: of Keras' own objects, their names and configuration nothing is needed
    module.weights = [variable.value for variable in cgn.variables]
    tf.saved_model.save(
        module,
        str(folder),
        signatures={SIGNATURE: generate_signature(cgn, max_batch_size)},
        options=tf.saved_model.SaveOptions(save_debug_info=False, experimental_custom_gradients=False),
    )


def _compare(cgn: CGN, folder: Path) -> None:
    """Loads what was written, and holds it to generate what `cgn` does."""
    noise, labels = _example(cgn)
    served = tf.saved_model.load(str(folder)).signatures[SIGNATURE]
    given = {name: tf.cast(label, tf.int64) for name, label in zip(LABELS, labels, strict=True)}
    if cgn.takes_truncation:
        given[TRUNCATION] = tf.constant([1.0])
    found = served(noise=noise, **given)
    for name, expected in cgn(noise, labels)._asdict().items():
        difference = float(tf.reduce_max(tf.abs(found[name] - expected)))
        if not difference <= TOLERANCE:  # also where it is NaN
            raise ExportError(
                f"expected {name} of the exported model within {TOLERANCE} of the model's, got a difference of "
                f"{difference}; nothing was exported."
            )


def _example(cgn: CGN) -> tuple[Any, Triplet[Any]]:
    """One row of inputs."""
    return tf.random.stateless_normal((1, cgn.noise_dim), [0, 0]), Triplet.same(tf.constant([cgn.num_classes - 1]))
