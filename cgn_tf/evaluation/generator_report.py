"""What the suite generator found, for readers and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from cgn_tf.evaluation.generator_options import GeneratorOptions
from cgn_tf.evaluation.image_scores import NEIGHBOUR, SHARES, ImageScores
from cgn_tf.evaluation.judged_generator import Drawn
from cgn_tf.evaluation.label_changes import LabelChange
from cgn_tf.evaluation.masks_by_class import MasksByClass
from cgn_tf.evaluation.scoring_network import ScoringNetwork
from cgn_tf.metrics import InceptionScore
from cgn_tf.render.image_plot import plot
from cgn_tf.render.markdown import markdown_table, pictures
from cgn_tf.render.plots import heat_maps
from cgn_tf.types import Composite

SETS = {"image": "whole image", "foreground": "texture (foreground)", "background": "background"}
"""Part of a composite → what reports call the set of them."""


class GeneratorReport(NamedTuple):
    """Everything that was found about one generator.

    Attributes:
        options: of the suite.
        network: by which images were compared.
        checkpoint: its folder, and the sha256 of the weights of the generator.
        has_parts: whether it draws masks, foregrounds and backgrounds.
        inception: the Inception score.
        sets: some of `SETS` → their scores.
        mask_mean: μ_mask in [0, 1]; None without masks.
        masks: class by class; of no CGN where there are no masks.
        changes: by a label; empty where none were made.
        shown: some images.
    """

    options: GeneratorOptions
    network: ScoringNetwork
    checkpoint: tuple[str, str]
    has_parts: bool
    inception: InceptionScore
    sets: Mapping[str, ImageScores]
    mask_mean: float | None
    masks: MasksByClass
    changes: Sequence[LabelChange]
    shown: Drawn

    def as_json(self) -> dict[str, Any]:
        """All figures; shares are in [0, 1], and what does not exist is null."""
        options, network = self.options, self.network
        return {
            "suite": "generator",
            "model": options.model,
            "checkpoint": self.checkpoint[0],
            "model_sha256": self.checkpoint[1],
            "draws": "mask, foreground and background" if self.has_parts else "whole images",
            "samples": options.samples,
            "counterfactual": options.counterfactual and self.has_parts,
            "truncation": options.truncation,
            "seed": options.seed,
            "features": {
                "name": network.name,
                "weights_sha256": network.weights_sha256,
                "width": network.width,
                "resize": network.resize,
            },
            network.score_name("IS"): self.inception._asdict(),
            "sets": {part: self.sets[part].as_json(network) if part in self.sets else None for part in self._parts()},
            "mask_mean": self.mask_mean,
            "label_changes": [change.as_json() for change in self.changes],
            **self.masks.as_json(),
        }

    def as_markdown(self, plots: Mapping[str, Sequence[str]]) -> str:
        """Tables with the plots between them; `plots`: section → names of files beside the text."""
        parts = [
            f"# Images of {self.options.model}",
            self._about(),
            "## Scores",
            self._inception(),
            *self._scores(),
            *pictures(plots, "scores"),
            *self._changes(),
            *self.masks.as_markdown(),
            *pictures(plots, "masks"),
            "## Some of the images",
            *pictures(plots, "images"),
        ]
        return "\n\n".join(parts) + "\n"

    def plots(self) -> Iterator[tuple[str, str, Figure]]:
        """Section of the report, name of the file, and figure of each plot."""
        if self.sets:
            shares = np.array([[100 * getattr(one.manifold, name) for name in SHARES] for one in self.sets.values()])
            rows = [SETS[part] for part in self.sets]
            yield "scores", "neighbours.png", heat_maps({"%": shares}, rows, SHARES, "images", "")
        if (masks := self.masks.plot()) is not None:
            yield "masks", "masks.png", masks
        yield "images", "images.png", _picture(self.shown)

    def _parts(self) -> list[str]:
        return [part for part in SETS if part == "image" or self.has_parts]

    def _about(self) -> str:
        options, network = self.options, self.network
        if not self.has_parts:
            labels = "It draws whole images: there are no masks, and no factors to be scored by themselves"
        elif options.counterfactual:
            labels = "The labels of texture and background are independent of the shape's (counterfactuals)"
        else:
            labels = "All factors of an image have one label"
        return (
            f"{options.samples:,} images of all classes in equal number, seed {options.seed}, truncation "
            f"{options.truncation:g}. {labels}. Features: {network.name}, {network.width:,} of them, weights "
            f"`{network.weights_sha256[:12]}`; images are resized {network.resize}. Scores by different feature "
            "networks, or by different numbers of images, do not compare."
        )

    def _inception(self) -> str:
        found = self.inception
        return (
            f"{self.network.score_name('IS')}: **{found.mean:.3f} ± {found.std:.3f}** (mean and standard deviation of "
            f"{found.splits} splits of {found.samples:,} images)."
            + ("" if self.mask_mean is None else f" μ_mask, the mean of the masks: **{self.mask_mean:.3f}**.")
        )

    def _scores(self) -> list[str]:
        fid, kid = self.network.score_name("FID"), self.network.score_name("KID")
        head = ["", "generated", "real", fid, kid, *SHARES]
        rows, notes = [], []
        for part in self._parts():
            one = self.sets.get(part)
            if one is None:
                rows.append([SETS[part], f"{self.options.samples:,}", "–", *["–"] * (len(head) - 3)])
                option = {"foreground": "real_textures", "background": "real_backgrounds"}.get(part, "real")
                notes.append(f"The {SETS[part]} is scored against nothing: `{option}` names no real images.")
                continue
            generated, real = one.frechet.counts
            kernel = f"{one.kernel.mean:.4g} ± {one.kernel.std:.2g}"
            shares = [f"{getattr(one.manifold, name):.3f}" for name in SHARES]
            few = " (few)" if one.frechet.few else ""
            rows.append(
                [SETS[part], f"{generated:,}", f"{real:,}", f"{one.frechet.distance:,.2f}{few}", kernel, *shares]
            )
            notes.append(f"Real images for the {SETS[part]}: {one.about}.")
            if one.frechet.few:
                notes.append(f"A set for the {SETS[part]} has fewer images than features: its {fid} compares to none.")
        sizes = sorted({f"{one.kernel.subsets} of {one.kernel.subset_size:,}" for one in self.sets.values()})
        notes.append(f"Precision, recall, density and coverage by the neighbour k = {NEIGHBOUR}.")
        if sizes:
            notes.append(
                f"{kid}: mean and standard deviation over pairs of subsets, {' and '.join(sizes)} images each. "
                "Distances are in the units of the network's features."
            )
        return [markdown_table(head, rows), *notes]

    def _changes(self) -> list[str]:
        if not self.changes:
            return []
        rows = [
            [
                change.label,
                f"{change.distance:.4f}",
                f"{100 * change.pixels:.2f}",
                *("–" if share is None else f"{100 * share:.1f}" for share in (change.inside, change.covered)),
            ]
            for change in self.changes
        ]
        head = ["label that changes", "distance of the features", "change of a pixel, %", "of it in the mask, %"]
        return [
            "## What changes with one label",
            f"The same noise, and another label of one factor; means over {self.options.label_changes:,} images. The "
            "distance is the squared one of pooled features of length 1 (LPIPS-style, without learned weights). A "
            "change of the texture belongs inside the mask, one of the background outside; the mask is that of "
            "whichever image has the larger one.",
            markdown_table([*head, "mask covers, %"], rows),
        ]


def _picture(shown: Drawn) -> Figure:
    if shown.mask is None or shown.foreground is None or shown.background is None:
        return plot(shown.image)
    mask = shown.mask.astype(np.float32) / 255.0
    image, foreground, background = (
        part.astype(np.float32) / 127.5 - 1.0 for part in (shown.image, shown.foreground, shown.background)
    )
    return plot(Composite(image, mask, mask, foreground, background))
