"""A run goes on with its files wherever they are moved to, and with no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from cgn_tf.assembly.train import Training
from cgn_tf.cli.app import run as run_cli
from cgn_tf.training.session import TrainingJob
from cgn_tf.training.workdir import WorkDir


def npz(path: Path) -> None:
    generator = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for split in ("train", "test"):
        strokes = generator.integers(0, 256, (60, 6, 6), dtype=np.uint8)
        arrays[f"x_{split}"] = np.pad(strokes, ((0, 0), (1, 1), (1, 1)))
        arrays[f"y_{split}"] = np.arange(60) % 10
    np.savez(path, **arrays)


def other_npz(path: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["x_train"][7, 3, 3] ^= 1
    np.savez(path, **arrays)


def textures(path: Path) -> None:
    for folder in ("object", "background"):
        (path / folder).mkdir(parents=True)
        for label in range(10):
            Image.new("RGB", (8, 8), (20 * label, 0, 0)).save(path / folder / f"{label}_plain.jpg")


def exchange_textures(path: Path) -> None:
    one, other = (path / "object" / f"{label}_plain.jpg" for label in (3, 4))
    contents = one.read_bytes(), other.read_bytes()
    other.write_bytes(contents[0])
    one.write_bytes(contents[1])


def weights(path: Path) -> None:
    path.write_bytes(b"weights")


def other_weights(path: Path) -> None:
    path.write_bytes(b"others.")


def module(path: Path) -> None:
    (path / "variables").mkdir(parents=True)
    (path / "variables" / "variables.index").write_bytes(b"index")
    (path / "saved_model.pb").write_bytes(b"graph")


def other_module(path: Path) -> None:
    (path / "variables" / "variables.index").write_bytes(b"other")


def checkpoint(path: Path) -> None:
    (path / "checkpoints" / "step_00000003").mkdir(parents=True)
    (path / "checkpoints" / "step_00000003" / "model.safetensors").write_bytes(b"arrays")


def later_checkpoint(path: Path) -> None:
    (path / "checkpoints" / "step_00000004").mkdir()
    (path / "checkpoints" / "step_00000004" / "model.safetensors").write_bytes(b"later")


class Case(NamedTuple):
    """A command, the option that names files, how these are made and replaced, and what the command needs besides."""

    command: str
    option: str
    name: str
    make: Callable[[Path], None]
    replace: Callable[[Path], None]
    flags: tuple[str, ...] = ("--digits=sklearn",)


WILDLIFE = ("--digits=sklearn", "--dataset=wildlife_mnist")
LATENT = ("--dataset=latent", "--reference=generator", "--discriminator=none", "--adversarial_weight=0",
          "--reconstruction_weight=1", "--binary_entropy_weight=0.1")  # fmt: skip
BIGGAN = (*LATENT, "--shape_mechanism=biggan", "--texture_mechanism=biggan", "--masker=u2netp")
CASES = [
    Case("train", "digits", "digits.npz", npz, other_npz, ()),
    Case("train", "textures", "textures", textures, exchange_textures, WILDLIFE),
    Case("train", "feature_weights", "w.npz", weights, other_weights, ("--digits=sklearn", "--style_weights=1,1,1,1")),
    Case("train", "masker_weights", "u.pth", weights, other_weights, (*BIGGAN, "--backbone=random")),
    Case("train", "backbone", "module", module, other_module, (*BIGGAN, "--masker_weights=random")),
    Case("train", "generator", "run", checkpoint, later_checkpoint, LATENT),
    Case("train_classifier", "digits", "digits.npz", npz, other_npz, ()),
    Case("train_classifier", "textures", "textures", textures, exchange_textures, WILDLIFE),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.command}-{case.option}")
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case whose command binds its work directory, and trains nothing."""

    def bound(job: TrainingJob, *others: Any) -> int:
        with WorkDir(job.workdir) as workdir:
            workdir.bind_config(job.described, job.mutable)
        return 0

    class Batches:
        has_end = False

        def check(self, strategy: Any) -> None:
            pass

    found: Case = request.param
    monkeypatch.setattr(f"cgn_tf.assembly.{found.command}.run", bound)
    # networks do not matter here
    monkeypatch.setattr("cgn_tf.assembly.train.build_training", lambda *given: Training(None, None, Batches()))  # type: ignore[arg-type]
    nothing = (None, Batches())
    monkeypatch.setattr("cgn_tf.assembly.train_classifier.build_classifier_training", lambda *given: nothing)
    return found


def test_files_may_move_and_not_be_replaced(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, workdir = tmp_path / case.name, tmp_path / "work"

    def started(place: Path) -> int:
        flags = [*case.flags, f"--{case.option}={place}", f"--workdir={workdir}", "--nodeterministic"]
        return run_cli(case.command, flags)

    def bound() -> tuple[Any, Any]:
        config = json.loads((workdir / "config.json").read_text())
        return config, config["contents"][f"{case.option}_sha256"]

    case.make(place)
    assert started(place) == 0
    old, digest = bound()
    assert len(digest) == 64
    assert started(place) == 0
    moved = tmp_path / "elsewhere" / case.name
    moved.parent.mkdir()
    place.rename(moved)
    assert started(moved) == 0
    assert bound()[1] == digest
    assert f'"{case.option}": "{moved}"' in (workdir / "config.json").read_text()

    case.replace(moved)
    capsys.readouterr()
    assert started(moved) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"is of a run with other data: --{case.option}={moved} holds other data than" in err
    assert bound()[1] == digest

    # a run that has not recorded what its files held is held to their paths
    del old["contents"]
    (workdir / "config.json").write_text(json.dumps(old))
    capsys.readouterr()
    assert started(moved) == 1
    assert f"another configuration ({case.option}: {place} -> {moved})" in capsys.readouterr().err
    moved.rename(place)
    assert started(place) == 0
    assert bound()[1] != digest
