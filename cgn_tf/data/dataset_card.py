"""The README of a data set of counterfactuals: what it is, how it was drawn, how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cgn_tf.data.digits import IMAGE_SIZE
from cgn_tf.data.record_files import IMAGE, LABELS, SPLIT, FilePlan


@dataclass(frozen=True)
class DatasetCard:
    """What the README states.

    Attributes:
        plan: images and files.
        class_names: of all three labels.
        command: makes the same data set again.
        made_by: name and version of this program.
        model, step, sha256: the CGN: directory, step, and SHA-256 of its weights' file.
        seed, per_shape, truncation: of the draws.
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
    shifted: bool
    png: bool

    def markdown(self) -> str:
        """The text of the README."""
        shift = (
            f"\nTexture and background are shifted circularly by random offsets in [0, {IMAGE_SIZE})."
            if self.shifted
            else ""
        )
        truncation = "" if self.truncation == 1.0 else f"\nAll noise is multiplied by {self.truncation:g}."
        png = (
            "\n`png/` holds the same PNGs as the records, a folder a file; `labels.csv` has a row an image: path, "
            "shape, texture, background.\n"
            if self.png
            else ""
        )
        return f"""\
# Counterfactuals of a digit CGN

{self.plan.num_images:,} images, {IMAGE_SIZE}×{IMAGE_SIZE}, with labels for shape, texture and background that were
drawn independently. Not photographs: made by a Counterfactual Generative Network (Sauer & Geiger, ICLR 2021).

![A row has one shape; below each image its texture and background](preview.png)

| | |
|---|---|
| model | `{self.model}`, step {self.step} |
| SHA-256 of its weights | `{self.sha256}` |
| seed | {self.seed} |
| made by | {self.made_by} |
| split | `{SPLIT}`: {self.plan.num_images:,} images in {self.plan.num_files} files |
| classes, of all three labels | {", ".join(self.class_names)} |

```sh
{self.command}
```

makes it again: on the same machine the same bytes.

## How it was drawn

For each shape one label and one noise vector give one mask, which {self.per_shape} consecutive images have; each of
these has a label and a noise vector of its own for its texture, and others for its background. All labels are uniform
and independent of one another.{shift}{truncation}
Images are rounded to 8 bits and stored as PNG, without further loss.

Images of one mask are neighbours, so shuffle over many more than {self.per_shape} before training. The labels say what
was asked of the CGN; `tools/evaluate.py` measures how often it obeyed.

## How to read it

```python
import tensorflow_datasets as tfds

builder = tfds.builder_from_directory("DIRECTORY")  # of this file
for example in builder.as_dataset(split="{SPLIT}", shuffle_files=True).shuffle(20_000):
    example["{IMAGE}"]  # uint8 [{IMAGE_SIZE}, {IMAGE_SIZE}, 3]
    example["{LABELS.shape}"], example["{LABELS.texture}"], example["{LABELS.background}"]  # int64 []
```

`as_supervised=True` gives pairs of image and shape label.
{png}"""
