"""The reference's whole `cgn.pth`, the CGN at 256 pixels, as a `CGN`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cgn_tf.models.cgn import CGN
from cgn_tf.models.imagenet_cgn import imagenet_cgn_of
from cgn_tf.types import Triplet
from cgn_tf.weights.assignment import assign, named_variables, own_variables
from cgn_tf.weights.torch_biggan import biggan_arrays, unbuilt_biggan
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError
from cgn_tf.weights.torch_u2net import u2net_arrays, unbuilt_u2net

MECHANISMS = Triplet("f_shape.", "f_text.", "f_bg.")
MASKER = "u2net."
FROZEN = "biggan_GT."
"""Prefix of the frozen generator that training compares with: it is no part of the CGN and is not read."""


def imagenet_cgn_from_state(state: Mapping[str, np.ndarray], what: str, reversed_truncation: bool = False) -> CGN:
    """Makes the CGN of a state dict; the frozen generator in it (`biggan_GT.*`) is left out.

    Args:
        state: key → array, as from `read_state_dict`, without the prefix "module.".
        what: where it comes from, for errors.
        reversed_truncation: see `BigGAN`.

    Raises:
        TorchCheckpointError: keys are missing, unexpected or of another shape; all are named.
    """
    prefixes = (*MECHANISMS, MASKER, FROZEN)
    unexpected = [key for key in state if not key.startswith(prefixes)]
    if unexpected:
        raise TorchCheckpointError(
            f"{what}: expected keys that start with one of {', '.join(prefixes)}, got {', '.join(unexpected[:8])}."
        )
    parts = Triplet(*(_below(state, prefix) for prefix in MECHANISMS))
    names = [f"{what} ({prefix}*)" for prefix in MECHANISMS]
    mechanisms = [
        unbuilt_biggan(part, name, reversed_truncation=reversed_truncation, name=factor)
        for part, name, factor in zip(parts, names, Triplet._fields, strict=True)
    ]
    masker_state = _below(state, MASKER)
    cgn = imagenet_cgn_of(Triplet(*mechanisms), unbuilt_u2net(masker_state, f"{what} ({MASKER}*)"))
    for mechanism, part, name in zip(cgn.mechanisms, parts, names, strict=True):
        assign(own_variables(mechanism), biggan_arrays(part, mechanism, name), name)
    variables = named_variables(cgn.masker.variables)
    shapes = {path: tuple(variable.shape) for path, variable in variables.items()}
    assign(variables, u2net_arrays(masker_state, shapes, f"{what} ({MASKER}*)"), what)
    return cgn


def _below(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): array for key, array in state.items() if key.startswith(prefix)}
