"""The sample grids by which a CGN is judged by eye: its parts class by class, and its counterfactuals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cgn_tf.render.class_titles import class_titles
from cgn_tf.render.composite_pixels import composite_pixels
from cgn_tf.render.grid import image_grid, to_uint8
from cgn_tf.types import Composite, Triplet

Generate = Callable[[np.ndarray, Triplet[np.ndarray]], Composite]
"""Noise [B, d] and labels int32 [B] → composite of B images."""


class SampleGridRow(NamedTuple):
    """One row of the counterfactual sample grid: C images."""

    title: str
    noise: np.ndarray
    labels: Triplet[np.ndarray]
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleGridInputs:
    """Noise and labels that stay the same through a run, so that its sample grids can be compared.

    Attributes:
        classes: int32 [C], one a column.
        titles: of the columns: number or name of a class.
        noise: [C, d], of the parts.
        rows: of the counterfactuals: three that vary one factor over the classes, with one noise vector, then mixed
            ones with three random labels and a noise vector of their own for every image.
    """

    classes: np.ndarray
    titles: tuple[str, ...]
    noise: np.ndarray
    rows: tuple[SampleGridRow, ...]

    @classmethod
    def draw(
        cls,
        num_classes: int,
        noise_dim: int,
        seed: int,
        max_columns: int = 10,
        mixed_rows: int = 4,
        classes: Sequence[int] | None = None,
        truncated: bool = False,
        class_names: Sequence[str] = (),
    ) -> SampleGridInputs:
        """Draws them from a seed.

        Args:
            num_classes: labels are below it.
            noise_dim: d.
            seed: of all draws.
            max_columns: of more classes it takes evenly spaced ones.
            mixed_rows: rows of three random labels.
            classes: the columns; None: as above. Labels are then drawn from these alone.
            truncated: whether the noise is cut at two standard deviations.
            class_names: of class 0, 1, …; none: the numbers.
        """
        random = np.random.default_rng(seed)
        known = np.arange(num_classes) if classes is None else np.asarray(classes)
        columns = min(len(known), max_columns)
        shown = known[np.arange(columns) * len(known) // columns].astype(np.int32)

        def normal(count: int) -> np.ndarray:
            noise = random.standard_normal((count, noise_dim))
            while truncated and (outside := np.abs(noise) > 2.0).any():
                noise[outside] = random.standard_normal(np.count_nonzero(outside))
            return noise.astype(np.float32)

        # three different labels, if possible
        fixed = Triplet(*np.resize(known[random.permutation(len(known))], 3).tolist())
        noise = normal(columns)
        one_noise = np.repeat(normal(1), columns, axis=0)
        rows = [_one_factor_row(factor, fixed, shown, one_noise, class_names) for factor in Triplet._fields]
        between = "\n" if class_names else " "  # three names side by side would be wider than an image
        for _ in range(mixed_rows):
            labels = Triplet(*known[random.integers(len(known), size=(3, columns), dtype=np.int32)].astype(np.int32))
            captions = tuple(between.join(class_titles(cell, class_names)) for cell in zip(*labels, strict=True))
            title = f"all mixed\n{between.join(Triplet._fields)}"
            rows.append(SampleGridRow(title, normal(columns), labels, captions))
        return cls(shown, tuple(class_titles(shown.tolist(), class_names)), noise, tuple(rows))


class SampleImages(NamedTuple):
    """The images of `SampleGridInputs`.

    Attributes:
        parts: premask, mask, foreground, background, image and, where there is one, reference → uint8 [C, H, W, 3].
        rows: uint8 [R, C, H, W, 3], of the rows of the counterfactuals.
    """

    parts: dict[str, np.ndarray]
    rows: np.ndarray


def draw_samples(generate: Generate, inputs: SampleGridInputs, reference: np.ndarray | None = None) -> SampleImages:
    """Generates them; every call of `generate` has C images.

    Args:
        generate: the network.
        inputs: of C columns.
        reference: [C, H, W, 3] in [-1, 1], an image to stand beside those of each class; None: there are none.
    """
    parts = composite_pixels(generate(inputs.noise, Triplet.same(inputs.classes)))
    if reference is not None:
        if len(reference) != len(inputs.classes):
            raise ValueError(f"reference: expected an image for each of {len(inputs.classes)}, got {len(reference)}.")
        parts["reference"] = to_uint8(reference)
    rows = [to_uint8(np.asarray(generate(row.noise, row.labels).image)) for row in inputs.rows]
    return SampleImages(parts, np.stack(rows))


def sample_grids(images: SampleImages, inputs: SampleGridInputs, scale: int = 3) -> dict[str, np.ndarray]:
    """Lays the images out.

    Args:
        images: as from `draw_samples`.
        inputs: that they are of.
        scale: size of a pixel.

    Returns:
        name → uint8 [H', W', 3]: `parts` (a column a class; premask, mask, foreground, background, image,
        reference) and `counterfactuals` (a row varies one factor, then rows of three random labels).
    """
    return {
        "parts": image_grid(np.stack(list(images.parts.values())), list(images.parts), inputs.titles, scale),
        "counterfactuals": image_grid(
            images.rows,
            [row.title for row in inputs.rows],
            inputs.titles,
            scale,
            [row.captions for row in inputs.rows],
        ),
    }


def _one_factor_row(
    factor: str, fixed: Triplet[int], classes: np.ndarray, noise: np.ndarray, class_names: Sequence[str]
) -> SampleGridRow:
    labels = Triplet(*(np.full_like(classes, label) for label in fixed))._replace(**{factor: classes})
    titles = zip(Triplet._fields, class_titles(fixed, class_names), strict=True)
    others = "\n".join(f"{name} {title}" for name, title in titles if name != factor)
    return SampleGridRow(f"{factor} varies\n{others}", noise, labels)
