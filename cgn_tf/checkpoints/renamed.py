"""Constructors that earlier versions wrote, in the words of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgn_tf.checkpoints.manifest import CheckpointError

_PACKAGE = "cgn_tf"

CLASSES = {
    "FlatMechanism": "ConstantColourMechanism",
    "CanvasMechanism": "LearnedImageCropMechanism",
    "OpaqueMasker": "FullMasker",
}
"""Name of a class in earlier versions → its name now."""

ARGUMENTS: dict[str, dict[str, str]] = {
    "CGN": {"noise": "noise_distribution"},
    "LearnedImageCropMechanism": {"canvas_size": "learned_image_size"},
}
"""Class → name of an argument in earlier versions → its name now."""

_NEVER_FOLDED: dict[str, tuple[Any, ...]] = {"folded": (False,)}
REMOVED: dict[str, dict[str, tuple[Any, ...]]] = {
    "BigGAN": _NEVER_FOLDED,
    "ConstantColourMechanism": _NEVER_FOLDED,
    "ConvMechanism": _NEVER_FOLDED | {"synchronized": (False, True)},
    "DeepMechanism": _NEVER_FOLDED,
    "DigitClassifier": _NEVER_FOLDED,
}
"""Class → argument of earlier versions that is gone → the values with which the class is what it is now."""


def with_present_names(node: Any) -> Any:
    """A serialised constructor, as Keras writes it, with every renamed class and argument under its present name.

    A constructor of this version comes back as it is.

    Raises:
        CheckpointError: an argument that is gone has a value that this version knows no network for.
    """
    if isinstance(node, list):
        return [with_present_names(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    known = {name: with_present_names(value) for name, value in node.items()}
    registered = known.get("registered_name")
    if not isinstance(registered, str) or not registered.startswith(f"{_PACKAGE}>"):
        return known
    former = registered.removeprefix(f"{_PACKAGE}>")
    name = CLASSES.get(former, former)
    if name != former and known.get("class_name") == former:
        known |= {"class_name": name, "registered_name": f"{_PACKAGE}>{name}"}
    if isinstance(known.get("config"), Mapping):
        known["config"] = _present_arguments(name, known["config"])
    return known


def _present_arguments(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    renamed, removed = ARGUMENTS.get(name, {}), REMOVED.get(name, {})
    found = {renamed.get(argument, argument): value for argument, value in config.items() if argument not in removed}
    for argument, values in removed.items():
        if argument in config and config[argument] not in values:
            raise CheckpointError(
                f"{name}: expected {argument}={' or '.join(map(str, values))}, got {config[argument]}; a network "
                "that is made for inference is no checkpoint: save the one that it was made of."
            )
    if name == "U2Net" and "folded" in found:
        found["batch_norm"] = not found.pop("folded")
    return found
