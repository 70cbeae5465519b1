"""An exported version as a layer of Keras."""

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

from tests.serving.asked import CGN_SIGNATURES, FACTORS, call, changed, encoded, files, photo, right

# A user's process: Keras and nothing of this package.
STRANGER = """
import json
import sys
import numpy as np
import keras

cgn, classifier, given, request = sys.argv[1:5]
given, request = dict(np.load(given)), dict(np.load(request, allow_pickle=True))
layer = keras.layers.TFSMLayer(cgn, call_endpoint="serve")
found = {"all": layer(given)["image"]}
without = {name: values for name, values in given.items() if name != "truncation"}
found["without truncation"] = layer(without)["image"]
found["int32"] = layer({k: v.astype("int32") if v.dtype == "int64" else v for k, v in given.items()})["image"]
inputs = {k: keras.Input(v.shape[1:], dtype=v.dtype.name, name=k) for k, v in given.items()}
model = keras.Model(inputs, keras.layers.Rescaling(1 / 255)(layer(inputs)["image"]))
found["functional"] = model.predict(given, batch_size=2, verbose=0)
classes = keras.layers.TFSMLayer(classifier)(request)
found |= {name: classes[name] for name in ("label", "probabilities")}
np.savez(sys.argv[5], **{name: np.asarray(values) for name, values in found.items()})
foreign = [name for name in sys.modules if name.split(".")[0] == "cgn_tf"]
if foreign:
    sys.exit(f"imported {foreign}")
"""


@pytest.fixture(scope="module")
def request_to_cgn() -> dict[str, np.ndarray]:
    return right("serving_default", 4)


def test_in_a_process_with_keras_alone(
    request_to_cgn: dict[str, np.ndarray],
    exported: Path,
    exported_classifier: Path,
    served: Any,
    served_classifier: Any,
    tmp_path: Path,
) -> None:
    images = files(encoded(photo(40, 30)), encoded(photo(28, 28, 1), "JPEG"))
    np.savez(tmp_path / "given.npz", **request_to_cgn)
    np.savez(tmp_path / "images.npz", **images)
    arguments = [exported, exported_classifier, *(tmp_path / f"{name}.npz" for name in ("given", "images", "found"))]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", STRANGER, *arguments], check=True, cwd=tmp_path, env=clean)
    found = dict(np.load(tmp_path / "found.npz"))
    expected = call(served["serving_default"], request_to_cgn)["image"]
    assert found["all"].dtype == np.uint8
    np.testing.assert_array_equal(found["all"], expected)
    np.testing.assert_array_equal(found["int32"], expected)
    assert np.abs(found["functional"] * 255 - expected).max() < 1.01  # of batches of two, in other places rounded
    whole = call(served["serving_default"], changed(request_to_cgn, truncation=[1.0] * 4))["image"]
    np.testing.assert_array_equal(found["without truncation"], whole)
    assert np.abs(whole.astype(int) - expected).max() > 5
    classes = call(served_classifier["classify"], images)
    np.testing.assert_array_equal(found["label"], classes["label"])
    np.testing.assert_allclose(found["probabilities"], classes["probabilities"], atol=1e-6)


def test_it_refuses_what_the_signature_refuses(request_to_cgn: dict[str, np.ndarray], exported: Path) -> None:
    layer = keras.layers.TFSMLayer(str(exported))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shape_label: expected labels in \[0, 5\), got"):
        layer(changed(request_to_cgn, shape_label=[0, 1, 2, 5]))
    for name in FACTORS:
        with pytest.raises(
            ValueError, match=rf"must be equal, but are 4 and 1(.|\n)*'{name}': 'tf.Tensor\(shape=\(1,\)"
        ):
            layer(changed(request_to_cgn, **{name: [0]}))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"truncation: expected one value for each row of noise"):
        layer(changed(request_to_cgn, truncation=[0.5]))


def test_it_is_no_signature(exported: Path, served: Any) -> None:
    assert set(served) == set(CGN_SIGNATURES)
    described = json.loads((exported / "assets.extra" / "cgn_tf.json").read_text())["signatures"]
    assert list(described) == list(CGN_SIGNATURES)
    assert set(FACTORS) < set(described["serving_default"]["inputs"])
    assert "keras.layers.TFSMLayer" in (exported / "README.md").read_text()
