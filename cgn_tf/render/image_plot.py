"""Images and their parts as a figure that a notebook shows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from matplotlib.figure import Figure

from cgn_tf.render.composite_pixels import BY_FACTOR, composite_pixels
from cgn_tf.render.grid import grey, to_uint8
from cgn_tf.types import Composite, Sample, Triplet

PARTS = ("image", "mask", "foreground", "background")
"""What is shown of a composite where nothing else is asked for."""

_COLUMNS = 8
"""Images in a row, where there are no parts."""
_INCHES = 1.4
"""Of a cell."""


class ImageFigure(Figure):
    """A matplotlib `Figure` that notebooks show as it is, once, whether pyplot was imported or not."""

    def _repr_png_(self) -> bytes:
        encoded = io.BytesIO()
        self.savefig(encoded, format="png")
        return encoded.getvalue()


def plot(
    images: Any,
    *,
    labels: Any = None,
    class_names: Sequence[str] | None = None,
    parts: Sequence[str] = PARTS,
) -> Figure:
    """Shows images: those of a CGN with their parts, a row an image, or any others, eight in a row.

    Example:
        >>> cgn_tf.plot(cgn.sample(4))  # the last line of a notebook's cell shows it
        >>> cgn_tf.plot(cgn.sample(4), parts=["premask", "image"]).savefig("parts.png")

    Args:
        images: a `Sample`, which brings its labels along, a `Composite`, or an array or a tensor of images: uint8, or
            float in [-1, 1], [B, H, W, 3]; of one channel, [B, H, W, 1], in [0, 1], as masks are. One image may be
            without B.
        labels: int [B], or a `Triplet` of such, to stand beside each image; one int stands for all.
        class_names: of class 0, 1, …, to stand in place of the numbers.
        parts: of a composite, the columns: image, mask, premask, foreground, background.

    Returns:
        A figure, not one of pyplot: a notebook shows it, `savefig` writes it.

    Raises:
        ValueError: another shape or type, a part that there is not, labels of another number, or beyond the names.
    """
    if isinstance(images, Sample):
        images, labels = images.composite, images.labels if labels is None else labels
    if not isinstance(images, Composite):
        pixels = _pixels(images)
        return _drawn(pixels[:, None], _texts(labels, len(pixels), class_names, ", "), (), _COLUMNS)
    unknown = [part for part in parts if part not in BY_FACTOR]
    if unknown or not parts:
        raise ValueError(f"parts: expected some of {', '.join(Composite._fields)}, got {', '.join(unknown) or 'none'}.")
    if len(images.image.shape) == 3:
        images = Composite(*(ops.convert_to_numpy(part)[None] for part in images))
    every = composite_pixels(images)
    pixels = np.stack([every[part] for part in parts], axis=1)
    return _drawn(pixels, _texts(labels, len(pixels), class_names, "\n"), parts, 1)


def _pixels(images: Any) -> np.ndarray:
    """Images as uint8 [B, H, W, 3]."""
    values = ops.convert_to_numpy(images)
    values = values[None] if values.ndim == 3 else values
    kind = values.dtype.kind
    if values.ndim != 4 or values.shape[-1] not in (1, 3) or not (values.dtype == np.uint8 or kind == "f"):
        raise ValueError(
            "images: expected a Sample, a Composite, or uint8 or float [B, H, W, 3] or [B, H, W, 1], got "
            f"{values.dtype} {list(values.shape)}."
        )
    if kind == "f":
        return to_uint8(values) if values.shape[-1] == 3 else grey(values)
    return np.broadcast_to(values, (*values.shape[:3], 3))


def _texts(labels: Any, count: int, class_names: Sequence[str] | None, between: str) -> list[str]:
    """What stands beside each image; nothing where there are no labels."""
    if labels is None:
        return [""] * count
    of_factors = isinstance(labels, Triplet)
    columns = []
    for name, given in zip(Triplet._fields, labels if of_factors else [labels], strict=False):
        values = np.asarray(ops.convert_to_numpy(given))
        if values.dtype.kind not in "iu" or values.shape not in ((), (count,)):
            raise ValueError(f"labels: expected an int or {count}, got {values.dtype} {list(values.shape)}.")
        values = np.broadcast_to(values, (count,))
        if class_names is not None and (values.min() < 0 or values.max() >= len(class_names)):
            raise ValueError(f"class_names: expected one for label {values.max()}, got {len(class_names)} names.")
        words = [str(value) if class_names is None else class_names[value] for value in values]
        columns.append([f"{name}: {word}" if of_factors else word for word in words])
    return [between.join(row) for row in zip(*columns, strict=True)]


def _drawn(pixels: np.ndarray, texts: Sequence[str], titles: Sequence[str], across: int) -> Figure:
    """Images [B, P, H, W, 3], `across` of them in a row, each of P cells; texts left of parts, or below one image."""
    count, parts = pixels.shape[:2]
    rows, columns = -(-count // across), min(across, count) * parts
    has_texts = any(texts)
    beside = has_texts and bool(titles)
    margin = 0.5 if titles or has_texts else 0.1
    height = rows * (_INCHES + (0.3 if has_texts and not titles else 0.0)) + margin
    figure = ImageFigure(figsize=(columns * _INCHES + (1.6 if beside else 0.1), height), layout="constrained")
    cells = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in cells:
        axes.set(xticks=[], yticks=[], frame_on=False)
    for i, axes in enumerate(cells[: count * parts]):
        axes.imshow(pixels[i // parts, i % parts], interpolation="nearest")
        text = texts[i // parts]
        if beside and i % parts == 0:
            axes.set_ylabel(text, rotation=0, ha="right", va="center", size=9, parse_math=False)
        elif not titles:
            axes.set_xlabel(text, size=8, parse_math=False)
        if titles and i < parts:
            axes.set_title(titles[i], size=10)
    return figure
