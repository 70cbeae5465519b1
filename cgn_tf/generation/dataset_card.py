"""The README of a data set of counterfactuals: what it is, how it was drawn, how to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgn_tf.generation.counterfactuals import value_range
from cgn_tf.generation.mode_words import MODE_WORDS
from cgn_tf.generation.record_files import IMAGE, SPLIT, FilePlan
from cgn_tf.types import LABEL_NAMES, Triplet

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
        mode: how classes were chosen, one of `class_choice.MODES`.
        fixed: of `fixed_classes`, those of shape, texture and background, as they were named.
        parts: name → (height, width, channels) of what is in a record besides labels.
        cut: whether the noise is cut at two standard deviations.
        takes_truncation: whether the truncation also chooses the statistics of the batch norms.
        shares_noise: whether shape, texture and background of an image have one noise.
        shifted: which factors were shifted at random.
        whole_mask: whether every mask is 1, so that an image is its texture.
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
    mode: str
    fixed: Sequence[str]
    parts: Mapping[str, tuple[int, ...]]
    cut: bool
    takes_truncation: bool
    shares_noise: bool
    shifted: Sequence[str]
    whole_mask: bool
    png: bool

    @property
    def summary(self) -> str:
        """A sentence, for the catalogue of TFDS."""
        return MODE_WORDS[self.mode].summary

    def markdown(self) -> str:
        """The text of the README."""
        return f"{self._what_it_is()}\n{self._how_it_was_drawn()}\n{self._how_to_read_it()}"

    @property
    def _choice(self) -> str:
        named = ", ".join(f"{factor} {name}" for factor, name in zip(Triplet._fields, self.fixed, strict=False))
        return MODE_WORDS[self.mode].choice or named

    @property
    def _size(self) -> int:
        return self.parts[IMAGE][0]

    def _what_it_is(self) -> str:
        classes = ", ".join(self.class_names) if len(self.class_names) <= _LISTED else f"{len(self.class_names):,}"
        trained_on = f"\n| trained on | {self.model_dataset} |" if self.model_dataset else ""
        size, mode = self._size, MODE_WORDS[self.mode]
        shown = (
            "Below each image its shape, texture and background"
            if self.images_per_mask == 1
            else "A row has one shape; below each image its texture and background"
        )
        return f"""\
# {mode.title}

{self.plan.num_images:,} images, {size}×{size}, with {mode.labels}.
Not photographs: made by a Counterfactual Generative Network (Sauer & Geiger, ICLR 2021).

![{shown}](preview.png)

| | |
|---|---|
| model | `{self.model}`, step {self.step} |
| SHA-256 of its weights | `{self.sha256}` |{trained_on}
| seed | {self.seed} |
| made by | {self.made_by} |
| split | `{SPLIT}`: {self.plan.num_images:,} images in {self.plan.num_files} files |
| classes, of all three labels | {classes} |
| labels are drawn from | {self._choice} |

```sh
{self.command}
```

makes it again: on the same machine the same bytes.
"""

    def _how_it_was_drawn(self) -> str:
        mode = MODE_WORDS[self.mode]
        images = "one image has" if self.images_per_mask == 1 else f"{self.images_per_mask} consecutive images have"
        facts = [
            f"{mode.mask}, which {images}.{self._last_mask()}",
            mode.drawn,
            *self._noise(),
            *self._images(),
            "Every part is clipped to its range below, rounded to 8 bits and stored as PNG, without further loss.",
        ]
        neighbours = (
            ""
            if self.images_per_mask == 1
            else "Images of one mask are neighbours, so shuffle over many more than "
            f"{self.images_per_mask} before training.\n"
        )
        return (
            "## How it was drawn\n\n"
            + "\n".join(facts)
            + f"\n\n{neighbours}The labels say what was asked of the CGN, not how well it obeyed.\n"
        )

    def _last_mask(self) -> str:
        rest = self.plan.num_images % self.images_per_mask
        return f" The last mask has only {rest}." if rest else ""

    def _noise(self) -> list[str]:
        facts = [
            "The noise of a shape is also that of its textures and backgrounds."
            if self.shares_noise
            else "Each image has a noise vector of its own for its texture, and another for its background."
        ]
        if self.cut:
            facts.append("Noise is cut at two standard deviations.")
        if self.truncation != 1.0:
            facts.append(f"All noise is multiplied by {self.truncation:g}.")
        if self.texture_noise != 1.0:
            besides = " besides" if self.truncation != 1.0 else ""
            facts.append(f"That of texture and background is multiplied by {self.texture_noise:g}{besides}.")
        if self.takes_truncation:
            facts.append(f"The batch norms use the statistics of truncation {self.truncation:g}.")
        return facts

    def _images(self) -> list[str]:
        facts = []
        if self.whole_mask:
            facts.append("Every mask is 1: an image is its texture, and follows no label of shape or background.")
        if self.shifted:
            which = " and ".join(self.shifted).capitalize()
            are = "are" if len(self.shifted) > 1 else "is"
            facts.append(f"{which} {are} shifted circularly by random offsets in [0, {self._size}).")
        elif self.shares_noise and self.images_per_mask > 1 and self.mode in ("fixed_classes", "same_classes"):
            facts.append("So all images of one mask are the same.")
        return facts

    def _how_to_read_it(self) -> str:
        examples = "\n".join(f"    {self._example(part)}" for part in self.parts)
        others = [f"`_{part}`" for part in self.parts if part != IMAGE]
        ends = f"\nThe names of other parts than the image end in {', '.join(others)}." if others else ""
        png = (
            "\n`png/` holds the PNGs of the records, a folder a file; `labels.csv` has a row an image:\npath, "
            f"shape, texture, background.{ends}\n"
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

    def _example(self, part: str) -> str:
        shape = self.parts[part]
        low, high = value_range(part, shape[-1])
        return f'example["{part}"]  # uint8 {list(shape)}, 0 to 255 for {low:g} to {high:g}'
