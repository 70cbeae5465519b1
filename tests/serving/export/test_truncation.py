"""A served CGN whose mechanisms normalise by a truncation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.cgn import CGN
from cgn_tf.render.grid import to_uint8
from cgn_tf.serving.export import saved_model
from cgn_tf.serving.export.servable import Limits
from cgn_tf.serving.export.signatures import seeded_noise
from cgn_tf.types import Triplet
from tests.flat_cgn import flat_cgn
from tests.serving.asked import CGN_SIGNATURES, FACTORS, Request, call, changed, labels, noise, rows_of


def request(cgn: CGN, truncations: list[float]) -> Request:
    rows = len(truncations)
    drawn = noise(rows, columns=cgn.noise_dim).clip(-2, 2)
    return {"noise": drawn, **labels(rows, classes=cgn.num_classes), "truncation": np.array(truncations, np.float32)}


def assert_answers_as_the_model(served: Any, cgn: CGN) -> None:
    given = request(cgn, [1.0, 0.5, 0.365])
    factors = Triplet(*(given[name] for name in FACTORS))
    rows = given["truncation"]
    made = cgn(given["noise"], factors, truncation=rows)
    wanted = made._asdict()
    found = call(served["mechanisms"], given)
    assert set(found) == set(wanted)
    for name, part in wanted.items():
        np.testing.assert_allclose(found[name], part, rtol=0, atol=1e-5, err_msg=name)
    singly = [call(served["mechanisms"], rows_of(given, slice(i, i + 1))) for i in range(3)]
    for name, part in found.items():
        np.testing.assert_allclose(np.concatenate([one[name] for one in singly]), part, rtol=0, atol=1e-5, err_msg=name)
    image = call(served["serving_default"], given)["image"]
    assert np.abs(image.astype(int) - to_uint8(np.asarray(made.image))).max() <= 1
    other = call(served["mechanisms"], changed(given, truncation=[1.0, 0.5, 0.9]))["image"]
    changes = [bool(np.abs(other[i] - found["image"][i]).max() > 1e-2) for i in range(3)]
    assert changes == [False, False, True]  # of each image its own truncation


def assert_samples_and_interpolates(served: Any, cgn: CGN) -> None:
    given = request(cgn, [1.0, 0.5])
    seeds = np.array([3, 4])
    drawn = given | {"noise": seeded_noise(cgn, tf.constant(seeds)).numpy()}
    asked = {name: values for name, values in given.items() if name != "noise"} | {"seed": seeds}
    wanted = call(served["serving_default"], drawn)["image"].astype(int)
    assert np.abs(call(served["sample"], asked)["image"] - wanted).max() <= 1
    ends = {"start_noise": drawn["noise"], "end_noise": given["noise"], "truncation": given["truncation"]}
    ends |= {f"{end}_{name}": given[name] for end in ("start", "end") for name in FACTORS}
    halves = call(served["interpolate"], ends | {"fraction": np.array([0.0, 0.0], np.float32)})["image"]
    assert np.abs(halves - wanted).max() <= 1


@pytest.fixture(scope="module")
def flat() -> CGN:
    return flat_cgn()


@pytest.fixture(scope="module")
def flat_served(flat: CGN, origin: CheckpointSource, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = saved_model.export(flat, origin, tmp_path_factory.mktemp("constant_colour") / "cgn", Limits(6))
    return tf.saved_model.load(str(folder)).signatures


def test_a_truncation_for_each_row(flat: CGN, flat_served: Any) -> None:
    assert set(flat_served) == set(CGN_SIGNATURES)
    assert_answers_as_the_model(flat_served, flat)
    assert_samples_and_interpolates(flat_served, flat)
    found = call(flat_served["mechanisms"], request(flat, [1.0, 0.5, 0.365]))["foreground"][:, 0, 0]
    np.testing.assert_array_equal(found[:, 2], np.array([1.0, 0.5, 0.365], np.float32))
    standard = request(flat, [1.0] * 3)["noise"].mean(axis=1)
    np.testing.assert_allclose(found[:, 0], standard * [1.0, 0.5, 0.365], atol=1e-6)  # the noise is multiplied by it


def test_labels_between_classes(flat: CGN, flat_served: Any) -> None:
    rows, ones = 5, np.ones(5, np.float32)
    zeros = np.zeros((rows, flat.noise_dim), np.float32)
    starts, ends = (dict.fromkeys(FACTORS, np.full(rows, label)) for label in (2, 6))
    given = {"start_noise": zeros, "end_noise": zeros, "fraction": np.linspace(0, 1, rows, dtype=np.float32)}
    given |= {f"start_{k}": v for k, v in starts.items()} | {f"end_{k}": v for k, v in ends.items()}
    green = call(flat_served["interpolate"], given | {"truncation": ones})["image"][:, 0, 0, 1]
    # label k of ten is green of k / 10
    np.testing.assert_allclose(green, np.array([2, 3, 4, 5, 6]) / 10 * 255, atol=1)


@pytest.mark.slow
def test_the_small_cgn_at_128_pixels(small_imagenet_cgn: Path, small_imagenet_folded: CGN, tmp_path: Path) -> None:
    output = tmp_path / "cgn"
    assert run_cli("export", [f"--model={small_imagenet_cgn}", f"--output_dir={output}", "--max_batch_size=3"]) == 0
    metadata = json.loads((output / "1" / "assets.extra" / "cgn_tf.json").read_text())
    described = {"step": 3, "num_classes": 1000, "noise_dim": 128, "image_size": [128, 128], "max_batch_size": 3}
    assert {name: metadata[name] for name in described} == described
    served = tf.saved_model.load(str(output / "1")).signatures
    assert_answers_as_the_model(served, small_imagenet_folded)
    assert_samples_and_interpolates(served, small_imagenet_folded)
    given = request(small_imagenet_folded, [1.0, 0.5])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"truncation: expected values in \(0, 1\], got"):
        call(served["serving_default"], changed(given, truncation=[1.0, 0.0]))
