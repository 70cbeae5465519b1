"""The README of a challenge: what its sets are, how it was made, how to measure with it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from cgn_tf.render.markdown import LEFT, RIGHT, markdown_table

_BESIDE = "the object's box tiled with the largest strip of background beside it, every second tile mirrored"
_WIDTH = 120
_LISTED = 100
"""Classes up to which they are listed."""
_MEASURING = """\
## How to measure with it

The background gap of a classifier is its accuracy on `mixed_same` minus that on `mixed_rand`: what it loses when the
background no longer tells the class.

```sh
python -m cgn_tf evaluate --suite=backgrounds --images=DIRECTORY --output_dir=runs/backgrounds \\
    --classifier=run --classifier_weights=runs/classifier
```

DIRECTORY is that of this file, and `--help` lists other classifiers. Every set is a folder of classes, so that
`train_classifier --dataset=folder --training_data=original --data_dir=DIRECTORY/original/val` trains one. Measure on
images that it was not trained on: `--split` and `--test_share` build a challenge of each part of the photographs. And
do not train on `mixed_rand`: an object never has a background of its own class there, which tells what it is not.
"""


def card(record: Mapping[str, Any], command: str, has_sheet: bool) -> str:
    """The text.

    Args:
        record: what challenge.json holds.
        command: makes the challenge again.
        has_sheet: whether there is a contact sheet.
    """
    sets, settings = record["sets"], record["settings"]
    known = bool(settings["model"] or settings["backgrounds"])
    meanings = _meanings(settings, known)
    rows = [[f"`{name}`", f"{count:,}", meanings[name]] for name, count in sets.items()]
    table = markdown_table(["set", "images", "what they show"], rows, [LEFT, RIGHT, LEFT])
    classes = record["classes"]
    names = f": {', '.join(classes)}" if len(classes) <= _LISTED else ""
    sheet = "\n![Some images in all sets](sheet.png)\n" if has_sheet else ""
    left_out = (
        f" {record['left_out']:,} images were left out; `skipped.csv` says why, of each." if record["left_out"] else ""
    )
    details = textwrap.fill(_details(settings, known), _WIDTH)
    return f"""\
# Background challenge

Objects on other backgrounds, and each without the other, in the manner of ImageNet-9 (Xiao et al. 2020, "Noise or
Signal: The Role of Image Backgrounds in Object Recognition"); {record["size"]}×{record["size"]} pixels,
{len(classes):,} classes{names}.{left_out}
{sheet}
{table}

{details}

Made by {record["created_by"]} with

```sh
{command}
```

## How to read it

`SET/val/CLASS/NAME__bg_BGCLASS_BGNAME.png`: the folder is the class of the object, and the name tells whose background
is seen. `challenge.csv` has a row an image: set, file, both classes, both files, and the object's share of the image.
`fg_mask/val/CLASS/NAME.png` is the opacity of each object, `background/val/CLASS/NAME.png` what the mixed sets have
behind others.

{_MEASURING}
## Whose they are

{textwrap.fill(record["licence"], _WIDTH)}
"""


def _meanings(settings: Mapping[str, Any], known: bool) -> dict[str, str]:
    """Set → what its images show."""
    return {
        "original": "the image",
        "mixed_same": "the object on the background of another image of its class",
        "mixed_rand": "the object on the background of an image of another class, every class and then image as likely",
        "mixed_next": "the object on the background of an image of the next class, after the last one of the first",
        "only_fg": "the object on black",
        "no_fg": "the image, the object's pixels black",
        "only_bg_b": "the image, the object's box black",
        "only_bg_t": "the background behind the object" if known else f"the image, {_BESIDE}",
    }


def _details(settings: Mapping[str, Any], known: bool) -> str:
    """How objects are cut out, and what is behind them."""
    pixels = f"A pixel is the object's where its mask is at least {settings['threshold']:g}."
    if known:
        return (
            f"{pixels} Objects keep their own colours and opacity, and the backgrounds behind them are known: nothing "
            "is inpainted."
        )
    width = settings["feather"]
    edge = (
        f"At its edge the object fades over {width:g} pixel{'s' * (width != 1)}, with colours from deeper inside."
        if width
        else "Objects have hard edges."
    )
    behind = (
        f"Backgrounds of the mixed sets are those of `only_bg_t`: {_BESIDE}."
        if settings["inpaint"] == "none"
        else f"For the mixed sets the object and {settings['dilate']:g} pixels around it are inpainted "
        f"({settings['inpaint']})."
    )
    return f"{pixels} {edge} {behind}"
