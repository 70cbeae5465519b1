"""What data and weights an exported model may go back to, and on which terms their owners give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgn_tf.datasets.registry import DATASETS
from cgn_tf.options.dictionaries import option_values

_VGG16 = "VGG16, the feature network of a loss: Visual Geometry Group, University of Oxford, CC BY 4.0."
_BIGGAN = (
    "BigGAN-deep, with which the mechanisms start: A. Brock, J. Donahue, K. Simonyan, DeepMind, published on TF-Hub "
    "under Apache 2.0; trained on ImageNet, whose images are given for non-commercial research and education."
)
_U2NET = "U²-Net, the masker: X. Qin and others, published under Apache 2.0."
_REFERENCE = (
    "A converted checkpoint keeps the terms of its source: MIT for the PyTorch reference of Counterfactual Generative "
    "Networks (A. Sauer, A. Geiger)."
)
_UNRECORDED = "The data are not recorded in the checkpoint."
_PERCEPTUAL = ("style_weights", "content_weights", "texture_weights")
"""Weights of the losses that a feature network's maps are compared in."""
_RANDOM = "Random weights stand where the configuration says random."


def licences(kind: str, config: Mapping[str, Any]) -> list[str]:
    """A sentence for each of them; `kind` and `config` are those of the version and of the run, empty if unknown."""
    if not config:
        return [_REFERENCE, _UNRECORDED]
    found = _data_licences(config.get("data", {}))
    # by their names alone: earlier versions had the options in other sections
    options = option_values(config)
    pretrained = {name: options[name] for name in ("backbone", "masker_weights") if options.get(name)}
    found += [text for name, text in (("backbone", _BIGGAN), ("masker_weights", _U2NET)) if name in pretrained]
    if "random" in pretrained.values():
        found.append(_RANDOM)
    weights = [weight for name in _PERCEPTUAL for weight in options.get(name) or ()]
    if any(weights) and options.get("features") == "vgg16" and options.get("feature_weights") != "random":
        found.append(_VGG16)
    if kind.endswith("_classifier") and config.get("training", {}).get("counterfactuals"):
        found.append(
            "Counterfactuals that a CGN made, which goes back to the same data, unless it was trained on others."
        )
    return found


def _data_licences(data: Mapping[str, Any]) -> list[str]:
    name = data.get("dataset")
    if name is None:
        return [_UNRECORDED]
    if name not in DATASETS:
        return [f"The data set {name} is not one of this version of cgn_tf: its terms are not known here."]
    return list(DATASETS[name].licences(option_values(data)))
