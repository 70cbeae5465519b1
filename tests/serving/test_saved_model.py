from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.saved_model import loader_impl

from cgn_tf.checkpoints import Origin
from cgn_tf.models.cgn import CGN
from cgn_tf.serving import saved_model
from cgn_tf.types import Triplet

MAX_ROWS = 6  # of the fixture

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


def inputs(rows: int = 4, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = {name: random.integers(0, 5, rows) for name in ("shape_label", "texture_label", "background_label")}
    return {"noise": random.standard_normal((rows, 8)).astype(np.float32), **labels}


@pytest.fixture(scope="module")
def served(exported: Path) -> Any:
    return tf.saved_model.load(str(exported)).signatures["serving_default"]


def call(served: Any, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {k: v.numpy() for k, v in served(**{k: tf.constant(v) for k, v in given.items()}).items()}


def expected(cgn: CGN, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    labels = Triplet(*(given[f"{factor}_label"] for factor in Triplet._fields))
    return {k: keras.ops.convert_to_numpy(v) for k, v in cgn(given["noise"], labels)._asdict().items()}


def test_in_a_process_without_this_package_it_makes_the_images_of_the_model(
    cgn: CGN, exported: Path, tmp_path: Path
) -> None:
    given = inputs()
    np.savez(tmp_path / "given.npz", **given)
    arguments = [exported, tmp_path / "given.npz", tmp_path / "found.npz"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", STRANGER, *arguments], check=True, cwd=tmp_path, env=clean)
    found = dict(np.load(tmp_path / "found.npz"))
    wanted = expected(cgn, given)
    assert set(found) == set(wanted) == {"image", "mask", "premask", "foreground", "background"}
    for name, part in wanted.items():
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], part, rtol=0, atol=1e-6, err_msg=name)
    assert np.ptp(found["image"]) > 0.5  # no comparison of blank images


def test_every_label_reaches_its_own_mechanism(served: Any) -> None:
    given = inputs(1) | {f"{factor}_label": np.array([0]) for factor in Triplet._fields}
    before = call(served, given)
    changes = {"shape": {"mask", "premask", "image"}, "texture": {"foreground", "image"}}
    changes["background"] = {"background", "image"}
    for factor, parts in changes.items():
        after = call(served, given | {f"{factor}_label": np.array([3])})
        assert {name for name in before if not np.array_equal(before[name], after[name])} == parts


def test_the_largest_batch_and_the_smallest(cgn: CGN, served: Any) -> None:
    for rows in (1, MAX_ROWS):
        given = inputs(rows, seed=rows)
        np.testing.assert_allclose(call(served, given)["image"], expected(cgn, given)["image"], rtol=0, atol=1e-6)


def test_what_the_signature_says(served: Any) -> None:
    takes = {name: (spec.shape.as_list(), spec.dtype) for name, spec in served.structured_input_signature[1].items()}
    labels = {f"{factor}_label": ([None], tf.int64) for factor in Triplet._fields}
    assert takes == {"noise": ([None, 8], tf.float32), **labels}
    gives = {name: (spec.shape.as_list(), spec.dtype) for name, spec in served.structured_outputs.items()}
    colour, grey = ([None, 32, 32, 3], tf.float32), ([None, 32, 32, 1], tf.float32)
    assert gives == {"image": colour, "foreground": colour, "background": colour, "mask": grey, "premask": grey}


def wrong(values: np.ndarray, where: Any, value: float) -> np.ndarray:
    changed = values.copy()
    changed[where] = value
    return changed


ZEROS = np.zeros(4, np.int64)
NOISE = np.zeros((4, 8), np.float32)
WRONG: list[tuple[dict[str, np.ndarray], str]] = [
    ({"noise": NOISE[:, :7]}, "[noise: expected shape [B, 8], got] [4 7]"),
    ({"noise": NOISE[:, 0]}, "[noise: expected shape [B, 8], got] [4]"),
    ({"noise": wrong(NOISE, (1, 2), np.nan)}, "[noise: expected finite numbers, got NaN or infinity in rows] [1]"),
    ({"noise": wrong(NOISE, ([0, 3], 2), np.inf)}, "got NaN or infinity in rows] [0 3]"),
    ({"shape_label": wrong(ZEROS, 0, 5)}, "[shape_label: expected labels in [0, 5), got] [5]"),
    ({"texture_label": wrong(ZEROS, 3, -1)}, "[texture_label: expected labels in [0, 5), got] [-1]"),
    ({"background_label": wrong(ZEROS, 3, 2**32)}, "[background_label: expected labels in [0, 5), got] [4294967296]"),
    ({"shape_label": ZEROS[:3]}, "[shape_label: expected one value for each row of noise, shape] [4] [got] [3]"),
    ({"texture_label": ZEROS[:1]}, "[texture_label: expected one value for each row of noise, shape] [4] [got] [1]"),
    ({"background_label": ZEROS[:, None]}, "expected one value for each row of noise, shape] [4] [got] [4 1]"),
]


def batch(rows: int) -> dict[str, np.ndarray]:
    return {"noise": np.zeros((rows, 8), np.float32)} | {
        f"{f}_label": np.zeros(rows, np.int64) for f in Triplet._fields
    }


WRONG += [(batch(rows), f"[expected 1 to {MAX_ROWS} rows, got] [{rows}]") for rows in (0, MAX_ROWS + 1)]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_request_is_an_invalid_argument_that_is_named(
    served: Any, given: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        call(served, batch(4) | given)
    assert message in str(caught.value)


def test_the_loader_of_a_server_answers_as_the_model_does_and_names_what_is_wrong(
    cgn: CGN, exported: Path, tmp_path: Path
) -> None:
    """Without Python a session feeds whatever the client sends: no check but those in the graph."""
    signature = loader_impl.parse_saved_model(str(exported)).meta_graphs[0].signature_def["serving_default"]
    tensors = [{k: v.name for k, v in side.items()} for side in (signature.inputs, signature.outputs)]
    (tmp_path / "names.json").write_text(json.dumps(tensors))
    requests = [inputs(), *(batch(4) | given for given, _ in WRONG)]
    files = [tmp_path / f"{number}.npz" for number in range(len(requests))]
    for file, request in zip(files, requests, strict=True):
        np.savez(file, **request)
    arguments = [Path(__file__).with_name("loader.py"), exported, tmp_path / "names.json", *files]
    done = subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    right, *answers = map(json.loads, done.stdout.splitlines())
    for name, part in expected(cgn, requests[0]).items():
        shape, total = right["outputs"][name]
        assert shape == list(part.shape)
        assert total == pytest.approx(float(part.sum()), rel=1e-5, abs=1e-3), name
    for (_, message), answer in zip(WRONG, answers, strict=True):
        assert answer["code"] == tf.errors.INVALID_ARGUMENT
        assert message in answer["message"]


def test_metadata(exported: Path, origin: Origin) -> None:
    found = json.loads((exported / "assets.extra" / saved_model.METADATA).read_text())
    assert found.pop("created_by").startswith("cgn_tf")
    assert found == {
        "step": 7,
        "sha256": origin.sha256,
        "num_classes": 5,
        "noise_dim": 8,
        "image_size": [32, 32],
        "max_batch_size": MAX_ROWS,
    }


def test_nothing_in_it_names_a_path_of_the_machine(exported: Path) -> None:
    files = [path for path in exported.rglob("*") if path.is_file()]
    assert {"saved_model.pb", "variables.index", "cgn_tf.json"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        for trace in (b".py", b"site-packages", b"somebody", str(exported.parent).encode(), os.getcwd().encode()):
            assert trace not in content, f"{path.name}: {trace!r}"


def test_a_failing_save_leaves_no_version(
    cgn: CGN, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = tf.saved_model.save

    def half(module: Any, folder: str, **options: Any) -> None:
        save(module, folder, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", half)
    with pytest.raises(saved_model.ExportError, match="No space left on device"):
        saved_model.export(cgn, origin, tmp_path, MAX_ROWS)
    assert os.listdir(tmp_path) == []


def test_a_model_that_generates_something_else_is_no_version(
    cgn: CGN, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = tf.saved_model.save

    def other(module: Any, folder: str, **options: Any) -> None:
        kept = cgn.get_weights()
        cgn.set_weights([value * 1.01 for value in kept])
        save(module, folder, **options)
        cgn.set_weights(kept)

    monkeypatch.setattr(tf.saved_model, "save", other)
    with pytest.raises(saved_model.ExportError, match="expected image of the exported model within"):
        saved_model.export(cgn, origin, tmp_path, MAX_ROWS)
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_place_of_the_directory(cgn: CGN, origin: Origin, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(saved_model.ExportError, match="file"):
        saved_model.export(cgn, origin, tmp_path / "file", MAX_ROWS)
