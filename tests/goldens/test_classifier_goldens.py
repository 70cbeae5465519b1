"""PyTorch's classifiers of photographs with seeded weights, and EfficientNet-Lite0's published accuracy.

`classifiers.npz` holds the keys and shapes of each state dict, and every 16th feature (what the last dense layer reads)
and every 8th logit of two images that `patchwork` draws. PyTorch 2.14.1 computed them, on a CPU, from

- torchvision 0.29.1: `torchvision.models.resnet50()`, 75×96, input (x/2 + ½ − mean) / std;
- pytorch-fid 0.3.0: the network inside `pytorch_fid.inception.fid_inception_v3()`, 112×128, input (255·(x/2 + ½) −
  128) / 128;
- efficientnet-lite-pytorch 0.1.0: `EfficientNet.from_name("efficientnet-lite0", image_size=(75, 96))` and lite2, 75×96,
  input (255·(x/2 + ½) − 127) / 128;

each in `eval()` after `load_state_dict({key: torch.from_numpy(classifier_weight(key, tensor.shape))})` over its own
`state_dict()`, counters excepted. The sides differ, and some maps have odd ones, so that padding and the order of axes
count; the last map of the Inception has more than one pixel, so that its last pool counts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cgn_tf.models.folding import for_inference
from cgn_tf.models.networks.efficientnet_lite import EfficientNetLite
from cgn_tf.weights.torch_efficientnet_lite import efficientnet_lite_from_state
from cgn_tf.weights.torch_inception import inception_from_state
from cgn_tf.weights.torch_models import model_from_torch
from cgn_tf.weights.torch_resnet import resnet50_from_state
from tests.goldens.recipe import patchwork
from tests.goldens.seeded_classifiers import GOLDEN, classifier_state

BAR = 1e-4

MAKES = {
    "resnet50": (resnet50_from_state, (75, 96)),
    "inception_2015": (inception_from_state, (112, 128)),
    "efficientnet_lite0": (efficientnet_lite_from_state, (75, 96)),
    "efficientnet_lite2": (efficientnet_lite_from_state, (75, 96)),
}


@pytest.mark.parametrize("name", MAKES)
def test_features_and_logits_are_those_of_pytorch(name: str) -> None:
    reader, size = MAKES[name]
    state = classifier_state(name)
    network, golden, images = reader(state, "the recipe"), np.load(GOLDEN), patchwork(*size)
    assert network.name == name
    folded = for_inference(network)
    features = np.asarray(network.features(images))
    np.testing.assert_array_equal(features, np.asarray(folded.features(images)))
    logits = np.asarray(network.logits(features))
    assert_close(name, features[:, ::16], golden[f"{name}/features"])
    assert_close(name, logits[:, ::8], golden[f"{name}/logits"])
    if name == "inception_2015":
        without = np.asarray(network.logits_without_bias(features))
        np.testing.assert_allclose(without + state["fc.bias"], logits, rtol=0, atol=1e-5)


def assert_close(name: str, ours: np.ndarray, expected: np.ndarray) -> None:
    difference = float(np.abs(ours - expected).max())
    print(f"{name}: largest difference {difference:.1e} among numbers of size {np.abs(expected).mean():.2f}")
    assert np.abs(expected[0] - expected[1]).mean() > 100 * BAR
    assert difference <= BAR


def photograph(path: Path) -> np.ndarray:
    """The central square of 224/256 of the shorter side, to 224×224 (bicubic, antialiased), uint8."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    side = int(min(image.size) * 224 / 256)
    left, top = ((length - side) // 2 for length in image.size)
    square = image.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((224, 224), Image.Resampling.BICUBIC))


def test_efficientnet_lite0_reads_photographs(shared: Path) -> None:
    wnids = (shared / "data" / "imagenet_wnids.txt").read_text().split()
    paths = sorted((shared / "data" / "imagenet_sample").iterdir())
    labels = np.array([wnids.index(path.name.split("_")[0]) for path in paths])
    network = model_from_torch(shared / "weights" / "efficientnet-lite0-57934424.pth")
    assert isinstance(network, EfficientNetLite)
    assert network.image_size == 224
    images = np.stack([photograph(path) for path in paths])
    logits = np.concatenate([np.asarray(network(part / np.float32(127.5) - 1)) for part in np.split(images, 10)])
    ranked = np.argsort(-logits, axis=1)
    assert int((ranked[:, 0] == labels).sum()) == 89
    assert int((ranked[:, :5] == labels[:, None]).any(axis=1).sum()) == 98
