from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.assembly.resources import FeatureOptions
from cgn_tf.benchmark import cases
from cgn_tf.benchmark.config import BUILT_IN, CONFIGURATIONS, BenchmarkConfig
from cgn_tf.cli import benchmark
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import CommandError
from cgn_tf.losses.contract import Need
from cgn_tf.models.networks.u2net import U2Net
from tests.datasets.image_folder import write_folder
from tests.flat_cgn import FlatMechanism
from tests.programs import Program

# What every figure of a section has.
RATES = {"batch_size", "images_per_second", "best_images_per_second", "round_images_per_second", "calls"}
STEPS = {"batch_size", "ms_per_step", "min_ms_per_step", "round_ms_per_step", "images_per_second", "calls"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    output = tmp_path_factory.mktemp("benchmark") / "new" / "figures.json"
    # not deterministic: that could not be switched off again in this process
    arguments = ["--configurations=quickstart", "--seconds=0.01", "--repeats=2", "--nodeterministic"]
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        assert run_cli("benchmark", [*arguments, f"--output={output}"]) == 0
    printed: dict[str, Any] = json.loads(stdout.getvalue())  # one object and nothing else
    assert printed == json.loads(output.read_text())
    assert "round 2 of 2: training/quickstart" in stderr.getvalue()
    return printed


def test_a_folder_of_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path, {"cat": 8, "dog": 8})
    arguments = ["--configurations=", "--nodigits", f"--data_dir={tmp_path}", "--seconds=0.01", "--repeats=1"]
    assert run_cli("benchmark", [*arguments, "--nodeterministic"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["data"]["folder"]) == RATES
    assert set(figures["training"]["folder"]) == STEPS
    assert figures["data"]["folder"]["images_per_second"] > figures["training"]["folder"]["images_per_second"]


@pytest.mark.slow
def test_the_command_with_a_feature_network() -> None:
    arguments = ["--configurations=wildlife_squeezenet", "--seconds=0.01", "--repeats=1"]
    output, errors = Program("tools/benchmark.py", *arguments).end()
    found = json.loads(output)
    assert found["settings"]["deterministic"] is True
    assert list(found["training"]) == ["wildlife_squeezenet"]
    assert found["training"]["wildlife_squeezenet"]["batch_size"] == 16
    assert "Features: squeezenet with seeded random weights" in errors


def test_the_cgn_at_256_pixels_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Full width takes gigabytes: here are mechanisms of the same interface, and the small U²-Net."""
    monkeypatch.setattr(cases, "BigGAN", FlatMechanism)
    monkeypatch.setattr(cases, "U2Net", lambda variant: U2Net("u2netp"))
    arguments = ["--configurations=", "--nodigits", "--imagenet", "--serving", "--seconds=0.01", "--repeats=1"]
    assert run_cli("benchmark", [*arguments, "--nodeterministic"]) == 0
    printed = capsys.readouterr()
    figures = json.loads(printed.out)
    assert "building the CGN at 256 pixels" in printed.err
    assert (figures["data"], figures["training"]) == ({}, {})
    assert list(figures["generation"]) == ["biggan_deep_256", "imagenet_cgn"]
    for one in figures["generation"].values():
        assert set(one) - {"images_per_mask"} == RATES | {"image_size"}
        assert (one["batch_size"], one["image_size"]) == (1, 8)
        assert one["images_per_second"] > 0
    assert figures["generation"]["imagenet_cgn"]["images_per_mask"] == 1
    served = figures["serving"]
    sizes = {name: (one["batch_size"], one["image_size"]) for name, one in served.items()}
    assert sizes == {"digit_cgn_1": (1, 32), "digit_cgn_64": (64, 32), "imagenet_cgn": (1, 8)}
    for one in served.values():
        assert one["images_per_second"] == pytest.approx(one["batch_size"] / one["p50_ms"] * 1e3)
        assert 0 < one["min_ms"] <= one["p50_ms"]
    ratio = served["imagenet_cgn"]["images_per_second"] / figures["generation"]["imagenet_cgn"]["images_per_second"]
    assert served["imagenet_cgn"]["speed_to_generation"] == pytest.approx(ratio)


def test_imagenet_is_left_out_unless_asked_for(figures: dict[str, Any]) -> None:
    assert list(figures["generation"]) == ["digit_cgn"]
    assert (figures["settings"]["digits"], figures["settings"]["imagenet"]) == (True, False)
    assert (figures["settings"]["serving"], figures["serving"]) == (False, {})


def test_sections(figures: dict[str, Any]) -> None:
    assert list(figures) == [
        "settings", "machine", "load_average", "ceilings", "data", "training", "generation", "serving",
        "memory",
    ]  # fmt: skip
    assert figures["settings"]["seconds"] == 0.01
    assert list(figures["data"]) == ["colored_mnist", "double_colored_mnist", "wildlife_mnist"]
    assert list(figures["training"]) == ["quickstart"]
    assert list(figures["ceilings"]) == ["matmul", "convolution"]
    assert all(len(figures["load_average"][when]) == 3 for when in ("before", "after"))


def test_figures_of_a_section_agree_with_each_other(figures: dict[str, Any]) -> None:
    for one in [*figures["data"].values(), *figures["generation"].values()]:
        assert set(one) - {"images_per_mask"} == RATES
        rounds = one["round_images_per_second"]
        assert 0 < min(rounds) * 0.999 <= one["images_per_second"] <= one["best_images_per_second"] * 1.001
        assert one["best_images_per_second"] == max(rounds)
        assert len(rounds) == 2
    for one in figures["training"].values():
        assert set(one) == STEPS
        assert 0 < one["min_ms_per_step"] <= one["ms_per_step"]
        assert one["images_per_second"] == pytest.approx(one["batch_size"] / one["ms_per_step"] * 1e3)
        assert len(one["round_ms_per_step"]) == 2
        assert one["calls"] >= 2
    for one in figures["ceilings"].values():
        assert 0 < one["gflop_per_second"] <= one["best_gflop_per_second"]


def test_batch_sizes_are_those_of_the_training(figures: dict[str, Any]) -> None:
    sizes = {name: one["batch_size"] for name, one in (figures["data"] | figures["training"]).items()}
    assert sizes == {"colored_mnist": 64, "double_colored_mnist": 64, "wildlife_mnist": 64, "quickstart": 32}
    assert figures["generation"]["digit_cgn"]["images_per_mask"] == 10


def test_machine_and_memory(figures: dict[str, Any]) -> None:
    assert {"cpu", "cores", "gpus", "tensorflow"} <= set(figures["machine"])
    assert figures["memory"]["peak_resident_bytes"] > 2**27
    assert len(figures["memory"]["peak_gpu_bytes"]) == len(figures["machine"]["gpus"])


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_needs_no_download(name: str) -> None:
    config = benchmark.train_config(name, BenchmarkConfig())
    (data,) = config.data.dataset_options
    read_from = {getattr(data, option) for option in ("digits", "textures") if hasattr(data, option)}
    assert read_from <= {"sklearn", "procedural"}
    assert bool(read_from) == config.data.part.has_images
    if Need.FEATURES in config.loss.needs:
        assert config.resources.of(FeatureOptions).feature_weights == "random"
    assert (Need.FEATURES in config.loss.needs) == (name in BUILT_IN)


def test_a_feature_network_of_the_asked_weights(tmp_path: Path) -> None:
    config = benchmark.train_config("wildlife_vgg16", BenchmarkConfig(feature_weights=str(tmp_path / "no.npz")))
    with pytest.raises(CommandError, match=r"no\.npz: cannot be read"):
        benchmark.training(config)


def test_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("benchmark", ["--configurations=imagenet"]) == 2
    assert "got imagenet" in capsys.readouterr().err
