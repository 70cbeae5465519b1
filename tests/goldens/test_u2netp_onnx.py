"""rembg's U²-NetP: what the arithmetic of its ONNX file gives, computed once by onnx's reference evaluator."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgn_tf.weights.onnx_u2net import u2net_from_onnx

GOLDEN = Path(__file__).with_name("u2netp_onnx.npz")
"""Every eighth value, both ways, of the graph's first output for `disc(320)`, which was divided by its maximum and
normalised by ImageNet's mean and standard deviation: `onnx.reference.ReferenceEvaluator(model).run(None, …)[0]`."""


def disc(size: int) -> np.ndarray:
    """An orange disc on blue, both noisy, uint8 [size, size, 3]."""
    rows, columns = np.mgrid[:size, :size] / size
    inside = ((rows - 0.45) / 0.3) ** 2 + ((columns - 0.55) / 0.25) ** 2 < 1
    noise = np.random.default_rng(0).integers(-20, 21, (size, size, 3))
    return np.clip(np.where(inside[..., None], [230, 120, 40], [40, 70, 110]) + noise, 0, 255).astype(np.uint8)


def test_the_map_of_the_graph(shared: Path) -> None:
    network = u2net_from_onnx(shared / "weights" / "u2netp.onnx")
    assert (network.variant, network.align_corners, network.input_size) == ("u2netp", False, 320)
    saliency = np.asarray(network(disc(320)[None] / np.float32(127.5) - np.float32(1.0)))[0, ::8, ::8, 0]
    expected = np.load(GOLDEN)["saliency"]
    assert expected.std() > 0.3  # it found the disc
    difference = float(np.abs(saliency - expected).max())
    print(f"U²-NetP of ONNX: largest difference from the graph's own arithmetic {difference:.2e}")
    assert difference <= 1e-4
