"""The README of an exported version: what it is, what it was made from, what it takes and what it is not for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cgn_tf.render.markdown import LEFT, markdown_table
from cgn_tf.serving.export.licences import licences
from cgn_tf.serving.export.preparation import Preparation
from cgn_tf.serving.export.run_record import RunRecord

_LISTED = 100
"""Classes up to which they are listed."""
_PRIVATE = frozenset({"workdir", "data_dir", "counterfactual_data", "official_test_missing"})
"""What says something of the machine and nothing of the model."""

_WHAT = {
    "cgn": (
        "Counterfactual Generative Network",
        "Images from noise and three labels: one each for shape, texture and background (Sauer & Geiger, ICLR 2021).",
        """\
- The labels say what is asked of the model, not how well it obeys.
- Its images are no photographs, and show no more than its training data did. They are meant for research into what
  classifiers learn; they are no evidence of anything in the world.
- Interpolation moves the noise on the great circle between its ends and the class embeddings on straight lines; what
  lies between classes was never trained.
- Noise beyond what the model was trained on is answered, with images that mean little.
""",
    ),
    "digit_classifier": (
        "Classifier of digits",
        "The class of an image, and the probabilities of all classes (Sauer & Geiger, ICLR 2021).",
        """\
- It knows one digit in the middle of an image, drawn as in its training data, and has no class for anything else: of
  whatever it is given it says which digit.
- Probabilities are those of the softmax, and not calibrated.
- What is transparent is seen on black, and EXIF's orientation is honoured. An embedded colour profile is ignored.
""",
    ),
    "image_classifier": (
        "Classifier of images",
        "The class of an image, and the probabilities of all classes.",
        """\
- It knows the classes above and none besides: of whatever it is given it says one of these.
- Probabilities are those of the softmax, and not calibrated.
- What is transparent is seen on the training images' colour, and EXIF's orientation is honoured. An embedded colour
  profile is ignored.
""",
    ),
}


def model_card(described: Mapping[str, Any], class_names: Sequence[str], record: RunRecord) -> str:
    """The text of the README.

    Args:
        described: the metadata, with the signatures.
        class_names: of class 0, 1, …
        record: of the run.
    """
    title, summary, limits = _WHAT[described["kind"]]
    number = len(class_names)
    classes = ", ".join(class_names) if number <= _LISTED else f"{number:,}, see `assets/class_names.txt`"
    files = (
        f" An image file may have {described['max_pixels']:,} pixels; what is no whole PNG or JPEG is refused."
        if "max_pixels" in described
        else ""
    )
    facts = [
        ("kind", f"`{described['kind']}`, a TensorFlow SavedModel for TF Serving"),
        ("step", f"{described['step']:,}"),
        ("SHA-256 of the checkpoint's weights", f"`{described['sha256']}`"),
        ("images", _size(described)),
        ("classes", classes),
        ("written by", described["created_by"]),
    ]
    return f"""\
# {title}

{summary}

{_table(("", ""), facts)}

`sha256sum -c MANIFEST.sha256` checks the files.

## Signatures

A request has up to {described["max_batch_size"]:,} rows, B, the same number in all inputs.{files} Whatever is out of
range is answered with INVALID_ARGUMENT and a sentence that names the input and says what was expected.

{_signatures(described["signatures"])}

In Keras, `keras.layers.TFSMLayer` of this folder takes the inputs of `serving_default` as one dictionary.

## Training

{_table(("option", "value"), _told(record.config)) or "The checkpoint does not say how it was trained."}

## Data and licences

{_bullets(licences(described["kind"], record.config))}

The licence of cgn_tf, MIT, is that of the program, and says nothing of these data and weights, or of what follows from
them for a model that was trained with them.

## Metrics

{_table(("figure", "value"), _told(record.metrics)) or "The run recorded none for this step."}

## Limits

{limits}{_further_limits(described, record)}"""


def _size(described: Mapping[str, Any]) -> str:
    return "×".join(map(str, described["image_size"]))


def _further_limits(described: Mapping[str, Any], record: RunRecord) -> str:
    """Those that follow from what the model is, beside those of its kind."""
    if described["kind"].endswith("_classifier"):
        return f"- {Preparation.of(record.config).limit(_size(described))}\n"
    if record.config.get("model", {}).get("masker") == "full":
        return "- Every mask is 1: an image is its texture, and follows no label of shape or background.\n"
    return ""


def _signatures(signatures: Mapping[str, Any]) -> str:
    rows = [
        (f"`{name}`", *("<br>".join(_tensors(signature[side])) for side in ("inputs", "outputs")))
        for name, signature in signatures.items()
    ]
    return _table(("signature", "inputs", "outputs"), rows)


def _tensors(tensors: Mapping[str, Any]) -> Iterator[str]:
    for name, tensor in tensors.items():
        shape = ", ".join("B" if size is None else str(size) for size in tensor["shape"])
        yield f"`{name}` {tensor['dtype']} [{shape}]"


def _told(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Options or figures of all sections that have a value; of paths their last part."""
    return [(name, _without_folder(value)) for name, value in _flat(values) if value not in ("", "None")]


def _flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if name in _PRIVATE:
            continue
        if isinstance(value, Mapping):
            found += _flat(value)
        elif isinstance(value, list):
            found.append((name, ", ".join(_without_folder(str(part)) for part in value)))
        else:
            found.append((name, str(value)))
    return found


def _without_folder(value: str) -> str:
    return value if value.startswith(("http://", "https://")) else value.rstrip("/").rpartition("/")[2]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; empty where there are no rows."""
    return markdown_table(head, rows, [LEFT] * len(head)) if rows else ""


def _bullets(points: Sequence[str]) -> str:
    return "\n".join(f"- {point}" for point in points)
