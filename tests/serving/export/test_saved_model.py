"""An exported version: what is in it, and what becomes of an export that fails."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.models.cgn import CGN
from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.digit_classifier import DigitClassifier
from cgn_tf.render.grid import to_uint8
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import ExportError, Limits, servable
from cgn_tf.types import Triplet
from tests.flat_cgn import flat_cgn
from tests.serving.asked import CGN_SIGNATURES, FACTORS, MAX_PIXELS, MAX_ROWS, call, right

# A client's process: TensorFlow and nothing of this package.
STRANGER = """
import sys
import numpy as np
import tensorflow as tf

given = dict(np.load(sys.argv[2]))
served = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
np.savez(sys.argv[3], **{k: v.numpy() for k, v in served(**{k: tf.constant(v) for k, v in given.items()}).items()})
foreign = [name for name in sys.modules if name.split(".")[0] == "cgn_tf"]
if foreign:
    sys.exit(f"imported {foreign}")
"""


def test_in_a_process_without_this_package_it_makes_the_images_of_the_model(
    cgn: CGN, exported: Path, tmp_path: Path
) -> None:
    given = right("serving_default", 4)
    np.savez(tmp_path / "given.npz", **given)
    arguments = [exported, tmp_path / "given.npz", tmp_path / "found.npz"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", STRANGER, *arguments], check=True, cwd=tmp_path, env=clean)
    found = dict(np.load(tmp_path / "found.npz"))["image"]
    noise = given["noise"] * given["truncation"][:, None]
    expected = to_uint8(np.asarray(cgn(noise, Triplet(*(given[name] for name in FACTORS))).image))
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.ptp(found) > 60  # no comparison of blank images


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_a_version(exported: Path, exported_classifier: Path) -> None:
    extra = {"assets.extra/cgn_tf.json", "assets.extra/tf_serving_warmup_requests"}
    graph = {"saved_model.pb", "fingerprint.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"}
    for folder in (exported, exported_classifier):
        others = {"assets/class_names.txt", "batching_params.pbtxt", "README.md", "MANIFEST.sha256"}
        assert files_of(folder) == extra | graph | others
        assert os.listdir(folder.parent) == ["1"]


def test_metadata_of_a_cgn(exported: Path, origin: CheckpointSource) -> None:
    found = json.loads((exported / "assets.extra" / saved_model.METADATA).read_text())
    assert found.pop("created_by").startswith("cgn_tf")
    signatures = found.pop("signatures")
    assert found == {
        "kind": "cgn",
        "step": 7,
        "sha256": origin.sha256,
        "num_classes": 5,
        "noise_dim": 8,
        "image_size": [32, 32],
        "max_batch_size": MAX_ROWS,
        "class_names": ["no", "one", "two", "three", "a few"],
    }
    assert list(signatures) == list(CGN_SIGNATURES)
    assert signatures["serving_default"]["inputs"]["noise"] == {"dtype": "float32", "shape": [None, 8]}
    assert signatures["mechanisms"]["outputs"]["mask"] == {"dtype": "float32", "shape": [None, 32, 32, 1]}


def test_metadata_of_a_classifier(exported_classifier: Path) -> None:
    found = json.loads((exported_classifier / "assets.extra" / saved_model.METADATA).read_text())
    limits = {"max_batch_size": MAX_ROWS, "max_pixels": MAX_PIXELS}
    assert {name: found[name] for name in ("kind", "num_classes", *limits)} == {
        "kind": "digit_classifier",
        "num_classes": 10,
        **limits,
    }
    takes = {"image_bytes": {"dtype": "string", "shape": [None]}}
    gives = {"label": {"dtype": "int64", "shape": [None]}, "probabilities": {"dtype": "float32", "shape": [None, 10]}}
    wanted = {"inputs": takes, "outputs": gives}
    assert found["signatures"] == {"classify": wanted, "serving_default": wanted}


def test_class_names_are_an_asset_of_the_graph(exported: Path, exported_classifier: Path) -> None:
    assert (exported / "assets" / "class_names.txt").read_text() == "no\none\ntwo\nthree\na few\n"
    assert (exported_classifier / "assets" / "class_names.txt").read_text().split() == [str(i) for i in range(10)]
    graph = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes()).meta_graphs[0]
    assert [asset.filename for asset in graph.asset_file_def] == ["class_names.txt"]
    loaded = tf.saved_model.load(str(exported))
    assert tf.io.read_file(loaded.class_names.asset_path).numpy().startswith(b"no\none\n")


def test_requests_that_warm_it_up_are_answered(exported: Path, served: Any) -> None:
    records = tf.data.TFRecordDataset(str(exported / "assets.extra" / "tf_serving_warmup_requests"))
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]
    requests = [log.predict_log.request for log in logs]
    asked = [(request.model_spec.name, request.model_spec.signature_name) for request in requests]
    assert asked == [("cgn", name) for name in CGN_SIGNATURES for _ in range(2)]
    rows = []
    for request in requests:
        given = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        rows.append({len(values) for values in given.values()})
        found = call(served[request.model_spec.signature_name], given)
        assert {len(values) for values in found.values()} == rows[-1]
    assert rows == [{1}, {2}] * len(CGN_SIGNATURES)


def test_a_model_of_single_rows_is_warmed_up_with_single_rows(
    cgn: CGN, origin: CheckpointSource, tmp_path: Path
) -> None:
    folder = saved_model.export(cgn, origin, tmp_path / "small", Limits(1))
    records = tf.data.TFRecordDataset(str(folder / "assets.extra" / "tf_serving_warmup_requests"))
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]
    assert [log.predict_log.request.model_spec.name for log in logs] == ["small"] * len(CGN_SIGNATURES)


def test_checksums_are_those_of_all_other_files(exported: Path) -> None:
    lines = (exported / "MANIFEST.sha256").read_text().splitlines()
    sums = {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}
    assert set(sums) == files_of(exported) - {"MANIFEST.sha256"}
    for name, checksum in sums.items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == checksum


def test_nothing_in_it_names_a_path_of_the_machine(exported: Path, exported_classifier: Path) -> None:
    for folder in (exported, exported_classifier):
        for name in files_of(folder):
            content = (folder / name).read_bytes()
            for trace in (b".py", b"site-packages", b"somebody", b"/tmp", str(folder.parent).encode()):
                assert trace not in content, f"{name}: {trace!r}"


def test_batch_norms_are_folded_and_nothing_of_training_is_kept(
    cgn: CGN, classifier: DigitClassifier, exported: Path, exported_classifier: Path
) -> None:
    for model, folder in ((cgn, exported), (classifier, exported_classifier)):
        stored = tf.train.list_variables(str(folder / "variables" / "variables"))
        weights = [shape for name, shape in stored if name.startswith("weights/")]
        statistics = sum(variable.path.endswith("moving_variance") for variable in model.variables)
        assert statistics > 0
        # of the four vectors of a batch norm there is a bias, or a scale and a shift
        assert len(weights) <= len(model.variables) - 2 * statistics


def test_a_failing_save_leaves_no_version(
    cgn: CGN, origin: CheckpointSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = tf.saved_model.save

    def half(module: Any, folder: str, **options: Any) -> None:
        save(module, folder, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", half)
    with pytest.raises(ExportError, match="No space left on device"):
        saved_model.export(cgn, origin, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_model_that_generates_something_else_is_no_version(
    cgn: CGN, origin: CheckpointSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = tf.saved_model.save

    def other(module: Any, folder: str, **options: Any) -> None:
        kept = [weight.numpy() for weight in module.weights]
        for weight in module.weights:
            weight.assign(weight * 1.01)
        save(module, folder, **options)
        for weight, value in zip(module.weights, kept, strict=True):
            weight.assign(value)

    monkeypatch.setattr(tf.saved_model, "save", other)
    with pytest.raises(ExportError, match=r"expected .* within 1e-05 of the model's"):
        saved_model.export(cgn, origin, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_for_inference_that_generates_something_else_is_no_version(
    cgn: CGN, origin: CheckpointSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CGN.from_config(cgn.get_config())
    other.build()
    other.set_weights([value * 1.01 for value in cgn.get_weights()])
    folded = for_inference(other)
    monkeypatch.setattr(saved_model, "for_inference", lambda model: folded)
    with pytest.raises(ExportError, match=r"expected .* within .* of the model's"):
        saved_model.export(cgn, origin, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("image_size", "rows"), [(32, 1024), (256, 16), (2048, 1)])
def test_by_default_a_request_has_so_many_pixels(image_size: int, rows: int) -> None:
    assert servable(flat_cgn(image_size=image_size), Limits()).facts["max_batch_size"] == rows
    assert servable(flat_cgn(image_size=image_size), Limits(7)).facts["max_batch_size"] == 7


def test_a_file_in_the_place_of_the_directory(cgn: CGN, origin: CheckpointSource, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="file"):
        saved_model.export(cgn, origin, tmp_path / "file")


def test_names_of_other_classes(cgn: CGN, origin: CheckpointSource, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"^class names: expected 5, got 2"):
        saved_model.export(cgn, origin, tmp_path, class_names=["a", "b"])
    assert os.listdir(tmp_path) == []
