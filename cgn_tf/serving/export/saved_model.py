"""A model as a SavedModel for TF Serving, which needs nothing of this package.

    SERVING/cgn/                    what `tensorflow_model_server --model_name=cgn --model_base_path=` is given
      1/                            a version; the server loads the highest number, also while it runs
        saved_model.pb, variables/
        assets/class_names.txt      a class a line
        assets.extra/
          cgn_tf.json               which checkpoint it is of, classes, sizes, signatures
          tf_serving_warmup_requests
        batching_params.pbtxt       how many rows a server may put together
        README.md                   the model card
        MANIFEST.sha256             checksums of all other files: `sha256sum -c MANIFEST.sha256`

By default a server keeps only the highest version, and takes a new one up within seconds of its appearance; to go back,
remove the highest. Others are kept by a `model_config_file` with `model_version_policy { specific { versions: 1 } }`.
To put requests together, it is started with `--enable_batching=true --enable_per_model_batching_parameters=true`.

Keras takes a version's folder, too: `keras.layers.TFSMLayer(folder)`, see `keras_endpoint`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.errors import without_place
from cgn_tf.files.atomic import write_file
from cgn_tf.files.created_by import created_by
from cgn_tf.files.versions import publish
from cgn_tf.models.folding import for_inference
from cgn_tf.serving.export.batching import BATCHING, batching_parameters
from cgn_tf.serving.export.checksums import write_checksums
from cgn_tf.serving.export.comparison import ROWS, compare
from cgn_tf.serving.export.inputs import Signature
from cgn_tf.serving.export.keras_endpoint import SERVE, keras_endpoint
from cgn_tf.serving.export.model_card import model_card
from cgn_tf.serving.export.preparation import Preparation
from cgn_tf.serving.export.run_record import RunRecord
from cgn_tf.serving.export.servable import ExportError, Limits, Servable, servable
from cgn_tf.serving.export.signatures import DEFAULT
from cgn_tf.serving.export.warm_up import WARM_UP, write_warm_up

METADATA = "cgn_tf.json"
CLASS_NAMES = "class_names.txt"
CARD = "README.md"

_WILDCARDS = "*?[\\"
"""What TensorFlow, and so TF Serving, takes for a pattern when it looks for the variables of a SavedModel."""


def export(
    model: Any,
    origin: CheckpointSource,
    directory: str | Path,
    limits: Limits | None = None,
    class_names: Sequence[str] | None = None,
    record: RunRecord | None = None,
) -> Path:
    """Writes the next version of a served model; see `cgn_signatures` and `classifier_signatures` for what it takes.

    Variables are stored, not constants: a constant graph is a quarter faster for one image and not for 16, but its
    folding moves values by 5e-6, and this way the server's numbers are the model's own.

    Args:
        model: a built `CGN` or `DigitClassifier`.
        origin: its checkpoint, for the metadata.
        directory: of the versions; made where missing. Its name is the model's in the requests that warm a server up.
        limits: of requests; None: those by default.
        class_names: of class 0, 1, …; None: the numbers.
        record: of the run, for the model card and for how a classifier's images are prepared; None: nothing is known.

    Returns:
        The version's folder.

    Raises:
        ExportError: another kind of model, names of another number of classes, a path with a wildcard, the disk
            refuses, or the written model does not load and answer as `model` does. No version is left then.
    """
    record = record or RunRecord({}, {})
    source = servable(model, limits or Limits(), Preparation.of(record.config))
    rows = source.limits.max_batch_size
    names = _in_lines(class_names, model.num_classes)
    base = Path(directory)
    _refuse_wildcards(base.absolute())

    def write(folder: Path) -> None:
        # what is constant in generation is computed here
        model = for_inference(source.model)
        folded = source.signatures(model)
        _save(model, folded, folder, names)
        extra = folder / "assets.extra"
        extra.mkdir()
        described = {
            **metadata(source, origin),
            "class_names": names,
            "signatures": {k: _described(v) for k, v in folded.items()},
        }
        write_file(extra / METADATA, (json.dumps(described, indent=1) + "\n").encode())
        live = source.signatures(source.model)
        write_warm_up(extra / WARM_UP, base.resolve().name, live, rows)
        write_file(folder / BATCHING, batching_parameters(rows).encode())
        write_file(folder / CARD, model_card(described, names, record).encode())
        compare(live, folder, min(ROWS, rows))
        write_checksums(folder)

    try:
        return publish(base, write)
    except (OSError, tf.errors.OpError) as error:
        reason = without_place(str(error))
        raise ExportError(f"{directory}: exporting failed ({reason}); check space and permissions.") from error


def _in_lines(class_names: Sequence[str] | None, num_classes: int) -> list[str]:
    """The names, or numbers, as they stand in a file with a class a line."""
    names = [" ".join(name.split()) for name in class_names or map(str, range(num_classes))]
    if len(names) != num_classes:
        raise ExportError(f"class names: expected {num_classes}, got {len(names)}.")
    return names


def _refuse_wildcards(base: Path) -> None:
    wildcard = next((character for character in str(base) if character in _WILDCARDS), "")
    if wildcard:
        raise ExportError(
            f"{base}: expected a path without {' '.join(_WILDCARDS)}, got one with {wildcard}, which TensorFlow takes "
            "for a pattern when it loads a model; choose another `output_dir`."
        )


def metadata(source: Servable, origin: CheckpointSource) -> dict[str, Any]:
    """What stands in `assets.extra/cgn_tf.json`: enough to write a client, and to find the weights again."""
    return {
        "kind": source.kind,
        "step": origin.step,
        "sha256": origin.sha256,
        **source.facts,
        "created_by": created_by(),
    }


def _save(model: Any, signatures: Mapping[str, Signature], folder: Path, class_names: Sequence[str]) -> None:
    """Writes the SavedModel."""
    module = tf.Module()
    # bare variables: of Keras' own objects, their names and configuration nothing is needed
    module.weights = [variable.value for variable in model.variables]
    setattr(module, SERVE, keras_endpoint(signatures[DEFAULT]))
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / CLASS_NAMES
        file.write_text("".join(f"{name}\n" for name in class_names), encoding="utf-8")
        module.class_names = tf.saved_model.Asset(str(file))
        tf.saved_model.save(
            module,
            str(folder),
            signatures={name: signature.function for name, signature in signatures.items()},
            options=tf.saved_model.SaveOptions(save_debug_info=False, experimental_custom_gradients=False),
        )


def _described(signature: Signature) -> dict[str, Any]:
    """As JSON: inputs and outputs → name → dtype and shape."""
    outputs: Mapping[str, Any] = signature.function.get_concrete_function().structured_outputs
    return {
        "inputs": {one.name: _spec(one.spec) for one in signature.inputs},
        "outputs": {name: _spec(output) for name, output in outputs.items()},
    }


def _spec(tensor: Any) -> dict[str, Any]:
    return {"dtype": tensor.dtype.name, "shape": tensor.shape.as_list()}
