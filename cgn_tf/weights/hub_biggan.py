"""BigGAN-deep from a TF1-Hub module: variables of its checkpoint and statistics of its graph, strict and complete."""

from __future__ import annotations

import re

import numpy as np

from cgn_tf.models.networks.biggan import BLOCKS, BigGAN
from cgn_tf.weights.assignment import assign, own_variables
from cgn_tf.weights.biggan_names import norm_parts, spectral_parts
from cgn_tf.weights.hub_module import HubModule, HubModuleError, open_hub_module

EMA = "ema_0.9999"
"""The moving averages of the weights, which are what generates; their raw twins are not read."""

_SIZE_KEY = f"Generator/GenZ/G_linear/w/{EMA}"
_EMBEDDING_KEY = f"linear/w/{EMA}"
_SHOWN = 8
_IGNORED = re.compile(r"u[12]|accumulated_(mean|var)|accumulation_counter|global_step")


def biggan_from_hub(source: str, resolution: int | None = None, width: int | None = None) -> BigGAN:
    """Makes the generator of a module.

    Args:
        source: see `open_hub_module`.
        resolution: the one that is needed; None: whichever it has.
        width: channels of its last block that are needed, 128 as published; None: whichever it has.

    Raises:
        HubModuleError: the module cannot be had, or is damaged, of another resolution or width, or lacks a variable,
            has one of another shape or one that is unknown; all are named.
    """
    with open_hub_module(source) as module:
        shapes = module.variable_names()
        found_resolution, found_width = _size(module, shapes)
        for what, wanted, found in (("resolution", resolution, found_resolution), ("width", width, found_width)):
            if wanted is not None and wanted != found:
                raise HubModuleError(
                    f"{source}: expected {what} {wanted}, got {found} (by {_SIZE_KEY} of shape {shapes[_SIZE_KEY]} and "
                    f"the number of Generator/GBlock_*); choose another module."
                )
        num_classes, noise_dim = shapes[_EMBEDDING_KEY]
        biggan = BigGAN(found_resolution, found_width, num_classes, noise_dim)
        biggan.build()
        arrays = _arrays(module, shapes, biggan)
    assign(own_variables(biggan), arrays, source)
    return biggan


def hub_keys(resolution: int) -> dict[str, str]:
    """Our name of every variable but the statistics, without the model's → key of the module."""
    keys = {"class_embedding/embeddings": _EMBEDDING_KEY, "attention/gamma": f"Generator/attention/gamma/{EMA}"}
    keys |= {f"norm/{ours}": f"Generator/BatchNorm/{theirs}/{EMA}" for ours, theirs in _FINAL.items()}
    for part in spectral_parts(resolution):
        keys[f"{part.name}/kernel"] = f"{part.hub}/w/{EMA}"
        keys[f"{part.name}/u0"] = f"{part.hub}/u0"
        if part.bias:
            keys[f"{part.name}/bias"] = f"{part.hub}/b/{EMA}"
    return keys


_FINAL = {"gain": "scale", "bias": "offset"}


def _size(module: HubModule, shapes: dict[str, tuple[int, ...]]) -> tuple[int, int]:
    for key in (_SIZE_KEY, _EMBEDDING_KEY):
        if len(shapes.get(key, ())) != 2:
            raise HubModuleError(
                f"{module.path}: variable {key!r} is {'no matrix' if key in shapes else 'missing'}; is it a "
                "BigGAN-deep module?"
            )
    blocks = {match[1] or "0" for name in shapes if (match := re.match(r"Generator/GBlock(?:_(\d+))?/", name))}
    resolution = {len(layout): size for size, layout in BLOCKS.items()}.get(len(blocks))
    if resolution is None:
        expected = ", ".join(f"{len(layout)} ({size} pixels)" for size, layout in BLOCKS.items())
        raise HubModuleError(f"{module.path}: expected as many Generator/GBlock_* as {expected}; got {len(blocks)}.")
    width, rest = divmod(shapes[_SIZE_KEY][1], 256)
    if rest or width < 4 or width % 4:
        raise HubModuleError(
            f"{module.path}: expected {_SIZE_KEY} of shape (d, 256·width), width a multiple of 4; got "
            f"{shapes[_SIZE_KEY]}."
        )
    return resolution, width


def _arrays(module: HubModule, shapes: dict[str, tuple[int, ...]], biggan: BigGAN) -> dict[str, np.ndarray]:
    """Every array under our names, after every name and shape has been checked."""
    keys = hub_keys(biggan.resolution)
    expected = {path: tuple(variable.shape) for path, variable in own_variables(biggan).items()}
    problems = [f"missing {key}" for key in keys.values() if key not in shapes]
    known = set(keys.values()) | {key.removesuffix(f"/{EMA}") for key in keys.values()}
    problems += [f"unexpected {key}" for key in shapes if key not in known and not _IGNORED.fullmatch(_last(key))]
    for name, key in keys.items():
        wanted = (1, 1, 1, *expected[name]) if name in ("norm/gain", "norm/bias") else expected[name]
        if key in shapes and shapes[key] != wanted:
            problems.append(f"{key} has shape {shapes[key]}, expected {wanted}")
    statistics = module.statistics()
    norms = [part.name for part in norm_parts(biggan.resolution)]
    if len(statistics) != len(norms):
        problems.append(f"statistics of {len(statistics)} batch norms, expected {len(norms)}")
    else:
        for k, (name, (means, _)) in enumerate(zip(norms, statistics, strict=True)):
            wanted = expected[f"{name}/statistics"]
            if means.shape != (wanted[0], wanted[2]):
                problems.append(f"stack_{5 * k + 1} has shape {means.shape}, expected {(wanted[0], wanted[2])}")
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise HubModuleError(
            f"{module.path} is no BigGAN-deep of width {biggan.width} at {biggan.resolution} pixels: "
            f"{'; '.join(problems[:_SHOWN])}{more}."
        )
    arrays = {name: module.variable(key).reshape(expected[name]) for name, key in keys.items()}
    arrays |= {f"{name}/statistics": np.stack(both, axis=1) for name, both in zip(norms, statistics, strict=True)}
    return arrays


def _last(key: str) -> str:
    return key.rsplit("/", 1)[-1]
