"""The PyTorch reference's U²-Net with seeded weights, run here."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf.models.folding import for_inference
from cgn_tf.weights.torch_u2net import u2net_from_state
from tests.goldens.recipe import u2net_state


def test_plain_and_folded_give_the_references_masks(shared: Path) -> None:
    golden = np.load(shared / "golden" / "u2net.npz")
    network = u2net_from_state(u2net_state("u2net"), "the recipe")
    for form, ours in (("plain", network), ("folded", for_inference(network))):
        difference = float(np.abs(np.asarray(ours(golden["x"])) - golden["mask"]).max())
        print(f"U²-Net, {form}: largest difference from the golden masks {difference:.2e}")
        assert difference <= 1e-4, form
