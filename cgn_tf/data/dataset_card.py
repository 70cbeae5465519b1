"""The README of a data set of counterfactuals: what it is, how it was drawn, how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cgn_tf.data.record_files import IMAGE, LABELS, SPLIT, FilePlan

_LISTED = 100
"""Classes up to which they are listed."""


@dataclass(frozen=True)
class DatasetCard:
    """What the README states.

    Attributes:
        plan: images and files.
        class_names: of all three labels.
        command: makes the same data set again.
        made_by: name and version of this program.
        model, step, sha256: the CGN: directory, step, and SHA-256 of its weights' file.
        seed, per_shape, truncation, texture_noise: of the draws.
        image_size: height and width.
        choice: which classes the labels were drawn from, in words.
        parts: what is in a record besides labels, the image first.
        truncated: whether the noise is cut at two standard deviations, and the truncation also sets the statistics.
        shares_noise: whether shape, texture and background of an image have one noise.
        shifted: whether texture and background were shifted at random.
        png: whether there are PNG files, too.
    """

    plan: FilePlan
    class_names: Sequence[str]
    command: str
    made_by: str
    model: str
    step: int
    sha256: str
    seed: int
    per_shape: int
    truncation: float
    texture_noise: float
    image_size: int
    choice: str
    parts: Sequence[str]
    truncated: bool
    shares_noise: bool
    shifted: bool
    png: bool

    def markdown(self) -> str:
        """The text of the README."""
        size = self.image_size
        classes = ", ".join(self.class_names) if len(self.class_names) <= _LISTED else f"{len(self.class_names):,}"
        shift = (
            f"\nTexture and background are shifted circularly by random offsets in [0, {size})." if self.shifted else ""
        )
        truncation = "" if self.truncation == 1.0 else f"\nAll noise is multiplied by {self.truncation:g}."
        if self.texture_noise != 1.0:
            truncation += f"\nThat of texture and background is multiplied by {self.texture_noise:g} besides."
        if self.truncated:
            truncation += (
                "\nIt is cut at two standard deviations, and the batch norms use the statistics of that truncation."
            )
        images = "one image has" if self.per_shape == 1 else f"{self.per_shape} consecutive images have"
        neighbours = (
            ""
            if self.per_shape == 1
            else "Images of one mask are neighbours, so shuffle over many more than "
            f"{self.per_shape} before training.\n"
        )
        noise = "the noise of its shape" if self.shares_noise else "a noise vector of its own"
        parts = "".join(
            f'\n    example["{part}"]  # uint8 [{size}, {size}, {1 if part in ("mask",) else 3}]'
            for part in self.parts[1:]
        )
        png = (
            "\n`png/` holds the PNGs of the records, a folder a file; `labels.csv` has a row an image: path, "
            "shape, texture, background.\n"
            if self.png
            else ""
        )
        return f"""\
# Counterfactuals of a CGN

{self.plan.num_images:,} images, {size}×{size}, with labels for shape, texture and background that were drawn
independently. Not photographs: made by a Counterfactual Generative Network (Sauer & Geiger, ICLR 2021).

![A row has one shape; below each image its texture and background](preview.png)

| | |
|---|---|
| model | `{self.model}`, step {self.step} |
| SHA-256 of its weights | `{self.sha256}` |
| seed | {self.seed} |
| made by | {self.made_by} |
| split | `{SPLIT}`: {self.plan.num_images:,} images in {self.plan.num_files} files |
| classes, of all three labels | {classes} |
| labels are drawn from | {self.choice} |

```sh
{self.command}
```

makes it again: on the same machine the same bytes.

## How it was drawn

For each shape one label and one noise vector give one mask, which {images};
each of these has a label of its own and {noise} for its texture, and so for its
background. Labels are uniform over the classes above and independent of one another.{shift}{truncation}
Images are rounded to 8 bits and stored as PNG, without further loss.

{neighbours}The labels say what was asked of the CGN, not how well it obeyed.

## How to read it

```python
import tensorflow_datasets as tfds

builder = tfds.builder_from_directory("DIRECTORY")  # of this file
for example in builder.as_dataset(split="{SPLIT}", shuffle_files=True).shuffle(20_000):
    example["{IMAGE}"]  # uint8 [{size}, {size}, 3]{parts}
    example["{LABELS.shape}"], example["{LABELS.texture}"], example["{LABELS.background}"]  # int64 []
```

`as_supervised=True` gives pairs of image and shape label.
{png}"""
