"""The PyTorch reference's trained digit CGNs, run here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.cli.app import run as run_cli
from cgn_tf.models.cgn import CGN
from cgn_tf.weights.torch_checkpoint import read_state_dict
from cgn_tf.weights.torch_models import model_from_torch
from tests.goldens.exact_digit_mask import exact_mask

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
VARIANTS = ("colored", "wildlife")

pytestmark = pytest.mark.skipif(not (SHARED / "golden").is_dir(), reason="needs the golden files of ../shared")


def weights_file(variant: str) -> Path:
    return SHARED / "weights" / f"cgn_{variant}_mnist.pth"


def assert_golden(cgn: CGN, variant: str) -> None:
    golden = np.load(SHARED / "golden" / f"cgn_{variant}_mnist.npz")
    composite = cgn(golden["noise"], golden["labels"])
    # Both are float32, and the golden mask is rounded by up to 9e-6: each is held to what it rounds.
    exact = exact_mask(read_state_dict(weights_file(variant)), golden["noise"], golden["labels"])
    for name, mask in (("golden", golden["mask"]), ("ours", np.asarray(composite.mask))):
        np.testing.assert_allclose(mask, exact, rtol=0, atol=1e-5, err_msg=name)
    for name, value in (
        ("foreground", composite.foreground), ("background", composite.background), ("composite", composite.image)
    ):  # fmt: skip
        np.testing.assert_allclose(np.asarray(value), golden[name], rtol=0, atol=2e-4, err_msg=name)


@pytest.mark.parametrize("variant", VARIANTS)
def test_reference_weights_give_the_references_images(variant: str) -> None:
    assert_golden(model_from_torch(weights_file(variant)), variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_after_the_convert_command(variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = weights_file(variant)
    arguments = ["--source=torch", f"--input={source}", f"--output={tmp_path / 'out'}"]
    assert run_cli("convert", arguments) == 0
    assert "49 tensors, 659,992 parameters" in capsys.readouterr().out
    cgn = checkpoints.load(tmp_path / "out")
    assert isinstance(cgn, CGN)
    assert_golden(cgn, variant)
