"""The README of a data set of counterfactuals: what it is, how it was drawn, how to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgn_tf.generation.record_files import IMAGE, SPLIT, FilePlan
from cgn_tf.types import LABEL_NAMES

_LISTED = 100
"""Classes up to which they are listed."""


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What the README states.

    Attributes:
        plan: images and files.
        class_names: of all three labels.
        command: makes the same data set again.
        made_by: name and version of this program.
        model, step, sha256: the CGN: directory, step, and SHA-256 of its weights' file.
        model_dataset: the data set that the CGN was trained on; None where that is not known.
        seed, images_per_mask, truncation, texture_noise: of the draws.
        choice: which classes the labels were drawn from, in words.
        parts: name → (height, width, channels) of what is in a record besides labels.
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
    model_dataset: str | None
    seed: int
    images_per_mask: int
    truncation: float
    texture_noise: float
    choice: str
    parts: Mapping[str, tuple[int, ...]]
    truncated: bool
    shares_noise: bool
    shifted: bool
    png: bool

    def markdown(self) -> str:
        """The text of the README."""
        return f"{self._what_it_is()}\n{self._how_it_was_drawn()}\n{self._how_to_read_it()}"

    @property
    def _size(self) -> int:
        return self.parts[IMAGE][0]

    def _what_it_is(self) -> str:
        classes = ", ".join(self.class_names) if len(self.class_names) <= _LISTED else f"{len(self.class_names):,}"
        size = self._size
        trained_on = f"\n| trained on | {self.model_dataset} |" if self.model_dataset else ""
        return f"""\
# Counterfactuals of a CGN

{self.plan.num_images:,} images, {size}×{size}, with labels for shape, texture and background that were
drawn independently. Not photographs: made by a Counterfactual Generative Network (Sauer & Geiger, ICLR 2021).

![A row has one shape; below each image its texture and background](preview.png)

| | |
|---|---|
| model | `{self.model}`, step {self.step} |
| SHA-256 of its weights | `{self.sha256}` |{trained_on}
| seed | {self.seed} |
| made by | {self.made_by} |
| split | `{SPLIT}`: {self.plan.num_images:,} images in {self.plan.num_files} files |
| classes, of all three labels | {classes} |
| labels are drawn from | {self.choice} |

```sh
{self.command}
```

makes it again: on the same machine the same bytes.
"""

    def _how_it_was_drawn(self) -> str:
        images = "one image has" if self.images_per_mask == 1 else f"{self.images_per_mask} consecutive images have"
        noise = "the noise of its shape" if self.shares_noise else "a noise vector of its own"
        neighbours = (
            ""
            if self.images_per_mask == 1
            else "Images of one mask are neighbours, so shuffle over many more than "
            f"{self.images_per_mask} before training.\n"
        )
        return f"""\
## How it was drawn

For each shape one label and one noise vector give one mask, which {images};
each of these has a label of its own and {noise} for its texture, and so for its
background. Labels are uniform over the classes above and independent of one another.{self._shift_and_truncation()}
Images are rounded to 8 bits and stored as PNG, without further loss.

{neighbours}The labels say what was asked of the CGN, not how well it obeyed.
"""

    def _shift_and_truncation(self) -> str:
        """A line for each, where there is one."""
        text = ""
        if self.shifted:
            text += f"\nTexture and background are shifted circularly by random offsets in [0, {self._size})."
        if self.truncation != 1.0:
            text += f"\nAll noise is multiplied by {self.truncation:g}."
        if self.texture_noise != 1.0:
            text += f"\nThat of texture and background is multiplied by {self.texture_noise:g} besides."
        if self.truncated:
            text += "\nIt is cut at two standard deviations, and the batch norms use the statistics of that truncation."
        return text

    def _how_to_read_it(self) -> str:
        examples = "\n".join(f'    example["{part}"]  # uint8 {list(shape)}' for part, shape in self.parts.items())
        png = (
            "\n`png/` holds the PNGs of the records, a folder a file; `labels.csv` has a row an image: path, "
            "shape, texture, background.\n"
            if self.png
            else ""
        )
        return f"""\
## How to read it

```python
import tensorflow_datasets as tfds

builder = tfds.builder_from_directory("DIRECTORY")  # of this file
for example in builder.as_dataset(split="{SPLIT}", shuffle_files=True).shuffle(20_000):
{examples}
    example["{LABEL_NAMES.shape}"], example["{LABEL_NAMES.texture}"], example["{LABEL_NAMES.background}"]  # int64 []
```

`as_supervised=True` gives pairs of image and shape label.
{png}"""
