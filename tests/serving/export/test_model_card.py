"""The README of a version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cgn_tf import checkpoints
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.checkpoints import CheckpointSource
from cgn_tf.options.command_line import parse
from cgn_tf.options.dictionaries import to_dict
from cgn_tf.serving.export.licences import licences
from cgn_tf.serving.export.model_card import model_card
from cgn_tf.serving.export.run_record import RunRecord, read_run

CONFIG: dict[str, Any] = {
    "data": {
        "dataset": "wildlife_mnist",
        "digits": "/home/somebody/mnist.npz",
        "textures": "tfds",
        "data_dir": "/data",
    },
    "model": {"mechanisms": "conv", "backbone": "", "truncation": 1.0},
    "loss": {"style_weights": [0.1, 0.0], "features": "vgg16", "feature_weights": "imagenet", "without": []},
    "run": {"workdir": "/home/somebody/runs/one", "steps": 7, "deterministic": True},
}
DESCRIBED: dict[str, Any] = {
    "kind": "cgn",
    "step": 12_345,
    "sha256": "ab" * 32,
    "num_classes": 3,
    "noise_dim": 8,
    "image_size": [32, 32],
    "max_batch_size": 1024,
    "created_by": "cgn_tf 0.1.0",
    "signatures": {
        "sample": {
            "inputs": {"seed": {"dtype": "int64", "shape": [None]}},
            "outputs": {"image": {"dtype": "uint8", "shape": [None, 32, 32, 3]}},
        }
    },
}


def test_what_it_says_of_a_run() -> None:
    card = model_card(DESCRIBED, ["zero", "one", "a|b"], RunRecord(CONFIG, {"test_accuracy": 97.25, "seconds": None}))
    rows = [
        "| step | 12,345 |",
        f"| SHA-256 of the checkpoint's weights | `{'ab' * 32}` |",
        "| classes | zero, one, a\\|b |",
        "| `sample` | `seed` int64 [B] | `image` uint8 [B, 32, 32, 3] |",
        "| dataset | wildlife_mnist |",
        "| digits | mnist.npz |",
        "| style_weights | 0.1, 0.0 |",
        "| deterministic | True |",
        "| test_accuracy | 97.25 |",
    ]
    lines = card.splitlines()
    assert [row for row in rows if row not in lines] == []
    assert "up to 1,024 rows" in card
    # empty options say nothing, and places on the machine concern nobody
    assert not [word for word in ("somebody", "backbone", "| without", "workdir", "/data", "seconds") if word in card]


def test_what_it_says_where_nothing_is_known() -> None:
    card = model_card({**DESCRIBED, "kind": "digit_classifier", "max_pixels": 1_000_000}, ["a"], RunRecord({}, {}))
    assert "The checkpoint does not say how it was trained." in card
    assert "The run recorded none for this step." in card
    assert "An image file may have 1,000,000 pixels" in card
    assert "not calibrated" in card
    assert "What is transparent is seen on black" in card
    assert "EXIF's orientation is honoured" in card
    assert "Images are resized to 32×32 by taking the nearest pixel" in card
    assert "mask" not in card


@pytest.mark.parametrize("masker", ["clip", "full"])
def test_masks_that_are_1_everywhere_are_named(masker: str) -> None:
    config = {**CONFIG, "model": {**CONFIG["model"], "masker": masker}}
    card = model_card(DESCRIBED, ["a"], RunRecord(config, {}))
    assert ("Every mask is 1: an image is its texture" in card) == (masker == "full")
    assert "Interpolation moves" in card


@pytest.mark.parametrize("channels", [1, 3])
def test_parts_have_the_shapes_of_the_signature(channels: int) -> None:
    outputs = {name: {"dtype": "float32", "shape": [None, 8, 8, 3]} for name in ("image", "foreground")}
    outputs["premask"] = {"dtype": "float32", "shape": [None, 8, 8, channels]}
    described = {**DESCRIBED, "signatures": {"mechanisms": {"inputs": {}, "outputs": outputs}}}
    card = model_card(described, ["a"], RunRecord({}, {}))
    assert f"`premask` float32 [B, 8, 8, {channels}] |" in card


def test_many_classes_are_counted() -> None:
    card = model_card(DESCRIBED, [f"class {i}" for i in range(1000)], RunRecord({}, {}))
    assert "| classes | 1,000, see `assets/class_names.txt` |" in card
    assert "class 7" not in card


@pytest.mark.parametrize(
    ("changes", "expected", "unexpected"),
    [
        ({}, ["MNIST", "Describable Textures", "VGG16"], ["BigGAN", "Optical", "computed"]),
        (
            {"digits": "sklearn", "textures": "procedural"},
            ["CC BY 4.0", "computed by cgn_tf"],
            ["MNIST:", "Describable"],
        ),
        ({"textures": "/mine"}, ["terms are not known"], ["Describable"]),
        ({"dataset": "colored_mnist"}, ["MNIST"], ["Describable", "extures"]),
        ({"dataset": "striped"}, ["The data set striped is not one", "not known here"], ["MNIST"]),
        ({"feature_weights": "random"}, ["MNIST"], ["VGG16"]),
        ({"style_weights": [0.0, 0.0]}, ["MNIST"], ["VGG16"]),
        (
            {"dataset": "latent", "backbone": "biggan.tar.gz", "masker_weights": "u2net.pth"},
            ["BigGAN-deep", "Apache 2.0", "U²-Net", "ImageNet"],
            ["MNIST", "Random"],
        ),
        ({"backbone": "random"}, ["Random weights"], ["U²-Net"]),
    ],
)
def test_licences_are_those_of_what_was_used(
    changes: dict[str, Any], expected: list[str], unexpected: list[str]
) -> None:
    config = {
        section: {**values, **{name: value for name, value in changes.items() if section == SECTIONS[name]}}
        for section, values in CONFIG.items()
    }
    text = " ".join(licences("cgn", config))
    assert [word for word in expected if word not in text] == []
    assert [word for word in unexpected if word in text] == []


SECTIONS = {
    **dict.fromkeys(("dataset", "digits", "textures"), "data"),
    **dict.fromkeys(("backbone", "masker_weights"), "model"),
    **dict.fromkeys(("style_weights", "feature_weights"), "loss"),
}


@pytest.mark.parametrize(
    ("flags", "expected", "unexpected"),
    [
        (["--config=imagenet", "--backbone=b", "--masker_weights=m"], ["BigGAN-deep", "U²-Net", "VGG16"], ["Random"]),
        (["--config=imagenet_tiny"], ["BigGAN-deep", "U²-Net", "Random"], ["VGG16"]),
        (["--config=quickstart"], ["CC BY 4.0"], ["BigGAN", "U²-Net", "MNIST:"]),
        (["--config=wildlife_mnist", "--textures=procedural"], ["MNIST:", "computed by cgn_tf"], ["Describable"]),
    ],
)
def test_licences_of_runs_of_this_version(flags: list[str], expected: list[str], unexpected: list[str]) -> None:
    text = " ".join(licences("cgn", to_dict(parse(TrainConfig, [*flags, "--workdir=w"]))))
    assert [word for word in expected if word not in text] == []
    assert [word for word in unexpected if word in text] == []


def test_a_converted_checkpoint_has_the_terms_of_its_source() -> None:
    assert "MIT" in licences("cgn", {})[0]


def saved(workdir: Path, config: dict[str, Any] | None) -> CheckpointSource:
    folder = checkpoints.save(
        workdir / "checkpoints", 7, {"model": {}}, model={"class_name": "CGN"}, config=config, keep=1
    )
    return CheckpointSource(folder, 7, "0" * 64, config)


def test_the_record_of_a_run(tmp_path: Path) -> None:
    origin = saved(tmp_path, CONFIG)
    assert read_run(origin) == RunRecord(CONFIG, {})
    (tmp_path / "metrics.json").write_text(json.dumps({"steps": 7, "test_accuracy": 90.5}))
    assert read_run(origin).metrics == {"steps": 7, "test_accuracy": 90.5}
    for other in ('{"steps": 8}', "[7]", "{"):  # of another step, or no metrics
        (tmp_path / "metrics.json").write_text(other)
        assert read_run(origin).metrics == {}


def test_a_checkpoint_without_a_run(tmp_path: Path) -> None:
    assert read_run(saved(tmp_path, None)) == RunRecord({}, {})
