"""The parts of BigGAN-deep under their three names: ours, TF-Hub's, and those of the PyTorch ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cgn_tf.models.networks.biggan import ATTENTION_IN_FRONT_OF, BLOCKS


class Part(NamedTuple):
    """A layer: `name` below the model, for example "block3/conv1", and its prefixes elsewhere; what it holds."""

    name: str
    hub: str
    torch: str
    bias: bool = False


def spectral_parts(resolution: int) -> Iterator[Part]:
    """The layers with a kernel, u0 and, where `bias` is set, a bias."""
    yield Part("from_noise", "Generator/GenZ/G_linear", "generator.gen_z", True)
    for i, (hub, torch) in enumerate(_blocks(resolution)):
        for j, norm in enumerate(_norms(hub)):
            for kind in ("scale", "offset"):
                yield Part(f"block{i}/norm{j}/{kind}", f"{norm}/{kind}", f"{torch}.bn_{j}.{kind}")
        for j in range(4):
            yield Part(f"block{i}/conv{j}", f"{hub}/conv{j}", f"{torch}.conv_{j}", True)
    for kind in ("theta", "phi", "g", "o_conv"):
        yield Part(f"attention/{kind}", f"Generator/attention/{kind}", f"{TORCH_ATTENTION}.snconv1x1_{kind}")
    yield Part("to_rgb", "Generator/conv_to_rgb", "generator.conv_to_rgb", True)


def norm_parts(resolution: int) -> Iterator[Part]:
    """The batch norms, in the order in which the modules store their statistics; the last one is the final norm."""
    for i, (hub, torch) in enumerate(_blocks(resolution)):
        for j, norm in enumerate(_norms(hub)):
            yield Part(f"block{i}/norm{j}", norm, f"{torch}.bn_{j}")
    yield Part("norm", "Generator/BatchNorm", "generator.bn")


TORCH_ATTENTION = f"generator.layers.{ATTENTION_IN_FRONT_OF}"


def _blocks(resolution: int) -> Iterator[tuple[str, str]]:
    for i in range(len(BLOCKS[resolution])):
        # in the ports the attention counts as a layer, on TF-Hub it does not count as a block
        layer = i if i < ATTENTION_IN_FRONT_OF else i + 1
        yield f"Generator/{_numbered('GBlock', i)}", f"generator.layers.{layer}"


def _norms(hub: str) -> list[str]:
    return [f"{hub}/{_numbered('BatchNorm', j)}" for j in range(4)]


def _numbered(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name
