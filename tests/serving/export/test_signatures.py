"""What a served CGN answers, beside what the model itself makes."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.models.cgn import CGN
from cgn_tf.render.grid import to_uint8
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import Limits
from cgn_tf.serving.export.signatures import between, cgn_signatures, seeded_noise
from cgn_tf.types import Composite, Triplet
from tests.flat_cgn import flat_cgn
from tests.serving.asked import (
    CGN_SIGNATURES,
    FACTORS,
    MAX_ROWS,
    WRONG,
    Request,
    call,
    changed,
    noise,
    right,
    rows_of,
)
from tests.serving.models import small_cgn


def made(cgn: CGN, given: Request, drawn: np.ndarray) -> Composite:
    """What the model itself makes of standard noise."""
    labels = Triplet(*(given[name] for name in FACTORS))
    return Composite(*map(keras.ops.convert_to_numpy, cgn(drawn * given["truncation"][:, None], labels)))


def assert_pixels(found: np.ndarray, expected: np.ndarray, what: str = "") -> None:
    assert found.dtype == expected.dtype == np.uint8
    assert np.abs(found.astype(int) - expected).max() <= 1, what


def assert_parts(cgn: CGN, served: Any) -> None:
    given = right("mechanisms", 5)
    found, expected = call(served["mechanisms"], given), made(cgn, given, given["noise"])
    assert set(found) == set(Composite._fields)
    for name, part in expected._asdict().items():
        np.testing.assert_allclose(found[name], part, rtol=0, atol=1e-5, err_msg=name)
    assert np.ptp(found["image"]) > 0.5  # no comparison of blank images
    assert_pixels(call(served["serving_default"], given)["image"], to_uint8(expected.image))


def test_what_the_signatures_say(served: Any) -> None:
    labels = {name: ([None], tf.int64) for name in FACTORS}
    seed, rows = {"seed": ([None], tf.int64)}, {"truncation": ([None], tf.float32)}
    drawn, ends = {"noise": ([None, 8], tf.float32)}, {}
    for end in ("start", "end"):
        ends |= {f"{end}_noise": ([None, 8], tf.float32)} | {f"{end}_{k}": v for k, v in labels.items()}
    image = {"image": ([None, 32, 32, 3], tf.uint8)}
    colour, grey = ([None, 32, 32, 3], tf.float32), ([None, 32, 32, 1], tf.float32)
    parts = {"mask": grey, "premask": grey, "foreground": colour, "background": colour, "image": colour}
    expected: dict[str, tuple[Any, Any]] = {
        "serving_default": (drawn | labels | rows, image),
        "mechanisms": (drawn | labels | rows, parts),
        "sample": (seed | labels | rows, image),
        "png": (seed | labels | rows, {"image_bytes": ([None], tf.string)}),
        "interpolate": (ends | {"fraction": ([None], tf.float32)} | rows, image),
    }
    assert set(served) == set(expected)
    for name, (inputs, outputs) in expected.items():
        found = served[name]
        takes = {k: (v.shape.as_list(), v.dtype) for k, v in found.structured_input_signature[1].items()}
        gives = {k: (v.shape.as_list(), v.dtype) for k, v in found.structured_outputs.items()}
        assert (takes, gives) == (inputs, outputs), name


def test_the_mechanisms_and_their_image(cgn: CGN, served: Any) -> None:
    assert_parts(cgn, served)


def test_canvases_show_the_windows_of_the_model(origin: CheckpointSource, tmp_path: Path) -> None:
    cgn = small_cgn(texture="learned_image_crop")
    folder = saved_model.export(cgn, origin, tmp_path / "cgn", Limits(MAX_ROWS))
    served = tf.saved_model.load(str(folder)).signatures
    assert_parts(cgn, served)
    given = right("mechanisms", 1)
    first, other = (call(served["mechanisms"], changed(given, noise=noise(1, seed))) for seed in (0, 1))
    assert np.ptp(first["foreground"]) > 0.1
    assert np.abs(first["foreground"] - other["foreground"]).max() > 0.1, "another noise is another window"


def test_every_label_reaches_its_own_mechanism(served: Any) -> None:
    given = right("mechanisms", 1)
    before = call(served["mechanisms"], changed(given, **{name: [0] for name in FACTORS}))
    changes = {"shape_label": {"mask", "premask"}, "texture_label": {"foreground"}, "background_label": {"background"}}
    for label, parts in changes.items():
        after = call(served["mechanisms"], changed(given, **{name: [3 * (name == label)] for name in FACTORS}))
        assert {name for name in before if not np.array_equal(before[name], after[name])} == parts | {"image"}


@pytest.mark.parametrize("signature", CGN_SIGNATURES)
def test_a_batch_of_eight_equals_eight_single_requests(served: Any, signature: str) -> None:
    given = right(signature, 8)
    together = call(served[signature], given)
    alone = [call(served[signature], rows_of(given, slice(i, i + 1))) for i in range(8)]
    for name, values in together.items():
        single = np.concatenate([one[name] for one in alone])
        if values.dtype == np.float32:
            np.testing.assert_allclose(single, values, rtol=0, atol=1e-5, err_msg=name)
        elif values.dtype == np.uint8:
            assert_pixels(single, values)
        else:
            assert_pixels(decoded(single), decoded(values))


def decoded(files: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def test_a_seed_is_one_image_whatever_the_batch(cgn: CGN, served: Any) -> None:
    given = right("sample", 4)
    given = changed(given, seed=[7, -(2**63), 7, 2**63 - 1])
    drawn = seeded_noise(cgn, tf.constant(given["seed"])).numpy()
    np.testing.assert_array_equal(drawn[0], drawn[2])
    assert len(np.unique(drawn.round(4))) == 3 * 8  # else no two numbers are the same
    assert_pixels(call(served["sample"], given)["image"], to_uint8(made(cgn, given, drawn).image))
    backwards = call(served["sample"], {k: v[::-1].copy() for k, v in given.items()})["image"]
    assert_pixels(backwards[::-1], call(served["sample"], given)["image"])


def test_the_model_samples_what_the_server_samples(cgn: CGN, served: Any) -> None:
    given = changed(right("sample", 3), seed=[7, -5, 2**40])
    labels = {name.removesuffix("_label"): given[name] for name in FACTORS}
    sample = cgn.sample(3, seed=given["seed"], truncation=given["truncation"], **labels)
    np.testing.assert_array_equal(sample.noise, seeded_noise(cgn, tf.constant(given["seed"])))
    assert_pixels(call(served["sample"], given)["image"], to_uint8(sample.image))


def test_seeds_draw_from_the_noise_of_the_model(cgn: CGN) -> None:
    seeds = tf.range(4000, dtype=tf.int64)
    normal, cut = (
        tf.function(partial(seeded_noise, model), autograph=False)(seeds).numpy() for model in (cgn, flat_cgn())
    )
    # 32,000 and 16,000 numbers; a normal distribution cut at two has a standard deviation of 0.8796
    assert (normal.mean(), normal.std()) == (pytest.approx(0.0, abs=0.02), pytest.approx(1.0, abs=0.015))
    assert (cut.mean(), cut.std()) == (pytest.approx(0.0, abs=0.025), pytest.approx(0.8796, abs=0.015))
    assert np.abs(normal).max() > 3
    assert np.abs(cut).max() <= 2
    assert abs(np.corrcoef(normal[:-1].ravel(), normal[1:].ravel())[0, 1]) < 0.02  # neighbouring seeds


def test_png_is_the_sample_in_a_file(served: Any) -> None:
    given = right("sample", 5)
    files = call(served["png"], given)["image_bytes"]
    assert_pixels(decoded(files), call(served["sample"], given)["image"])


def test_interpolation_begins_and_ends_as_serving_default(served: Any) -> None:
    given = right("interpolate", 6)
    given = changed(given, fraction=[0, 1] * 3)
    found = call(served["interpolate"], given)["image"]
    for parity, end in enumerate(("start", "end")):
        asked = {"noise": given[f"{end}_noise"], "truncation": given["truncation"]}
        asked |= {name: given[f"{end}_{name}"] for name in FACTORS}
        wanted = call(served["serving_default"], asked)["image"]
        assert_pixels(found[parity::2], wanted[parity::2], end)


def test_interpolation_moves_embeddings_on_a_line_and_noise_on_a_circle(cgn: CGN, served: Any) -> None:
    given = right("interpolate", 4)
    given = changed(given, fraction=[0.1, 0.25, 0.5, 0.9])
    share = given["fraction"][:, None]
    start, end = given["start_noise"], given["end_noise"]
    cosine = (start * end).sum(1) / np.linalg.norm(start, axis=1) / np.linalg.norm(end, axis=1)
    angle = np.arccos(cosine)[:, None]
    circle = (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)
    table = cgn.label_embedding.embeddings.numpy()
    conditions = [(1 - share) * table[given[f"start_{name}"]] + share * table[given[f"end_{name}"]] for name in FACTORS]
    noises = (circle * given["truncation"][:, None]).astype(np.float32)
    mechanisms = [mechanism(noises, part) for mechanism, part in zip(cgn.mechanisms, conditions, strict=True)]
    mask = cgn.masker(mechanisms[0])
    expected = to_uint8(np.asarray(mask * mechanisms[1] + (1 - mask) * mechanisms[2]))
    assert_pixels(call(served["interpolate"], given)["image"], expected)


def test_the_way_between_noises_keeps_their_length() -> None:
    ends = [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (noise(50, 0), noise(50, 1))]
    shares = np.linspace(0, 1, 50, dtype=np.float32)[:, None]
    lengths = np.linalg.norm(between(*ends, shares), axis=1)
    np.testing.assert_allclose(lengths, 1.0, atol=1e-5)


@pytest.mark.parametrize("scale", [1.0, -1.0, 2.0])
def test_the_way_between_noises_of_one_direction_is_a_line(scale: float) -> None:
    start = noise(3)
    share = np.array([[0.0], [0.25], [1.0]], np.float32)
    found = between(tf.constant(start), tf.constant(start * scale), tf.constant(share))
    np.testing.assert_allclose(found, (1 - share) * start + share * start * scale, atol=2e-6)


def test_the_largest_batch(cgn: CGN, served: Any) -> None:
    given = right("serving_default", MAX_ROWS, seed=3)
    assert_pixels(call(served["serving_default"], given)["image"], to_uint8(made(cgn, given, given["noise"]).image))


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_request_is_an_invalid_argument_that_is_named(served: Any, kind: str) -> None:
    signature, given, message = WRONG[kind]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        call(served[signature], given)
    assert message in str(caught.value)


def test_an_input_is_needed(served: Any) -> None:
    given = right("serving_default", 1)
    del given["truncation"]
    with pytest.raises(TypeError, match="truncation"):
        call(served["serving_default"], given)


def test_nothing_is_of_python_or_of_xla(cgn: CGN) -> None:
    for name, signature in cgn_signatures(cgn, 4).items():
        graph = signature.function.get_concrete_function().graph.as_graph_def()
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        assert not [node.op for node in nodes if "PyFunc" in node.op or node.op.startswith("Xla")], name
        assert not [f for f in graph.library.function if f.attr["_XlaMustCompile"].b], name
