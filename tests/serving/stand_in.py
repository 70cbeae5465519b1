"""Models with the signatures of an exported CGN and classifier, whose outputs are simple functions of the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

CLASSES = 5
NOISE = 8
LABELS = ("shape_label", "texture_label", "background_label")


def write_models(directory: Path) -> dict[str, Path]:
    """A CGN of 16 pixels in two versions, one of 256 pixels, and a classifier: name → directory of the versions.

    Version 1 of the small one is darker than version 2.
    """
    written = {name: directory / name for name in ("cgn", "large", "classifier")}
    save_cgn(written["cgn"] / "1", 16, 0.25)
    save_cgn(written["cgn"] / "2", 16, 1.0)
    save_cgn(written["large"] / "1", 256, 1.0)
    save_classifier(written["classifier"] / "1")
    return written


def save_cgn(path: Path, size: int, brightness: float) -> None:
    spec = tf.TensorSpec
    labels = {name: spec([None], tf.int64, name) for name in LABELS}
    truncation = {"truncation": spec([None], tf.float32, "truncation")}
    seed = {"seed": spec([None], tf.int64, "seed")}
    noise = {"noise": spec([None, NOISE], tf.float32, "noise")}

    def checked(given: Mapping[str, Any], names: tuple[str, ...] = LABELS) -> list[Any]:
        """One float for each label, [B]."""
        for name in names:
            label = given[name]
            known = tf.reduce_all((label >= 0) & (label < CLASSES))
            tf.raw_ops.Assert(
                condition=known, data=[f"{name}: expected labels in [0, {CLASSES}), got", label], summarize=8
            )
        return [tf.cast(given[name], tf.float32) / CLASSES for name in names]

    def parts(noise: Any, labels: list[Any], truncation: Any) -> dict[str, Any]:
        shape, texture, background = (label[:, None, None, None] for label in labels)
        rows = tf.linspace(0.0, 1.0, size)[None, :, None, None]
        columns = tf.linspace(0.0, 1.0, size)[None, None, :, None]
        level = tf.sigmoid(tf.reduce_mean(noise * truncation[:, None], axis=1))[:, None, None, None]
        mask = tf.sigmoid(8 * (rows + shape - level - 0.5)) + 0 * columns
        colour = tf.constant([1.0, 0.5, 0.25])
        texture = 2 * tf.sin(9 * columns * level + texture) * colour - 1 + 0 * rows
        backdrop = tf.cos(7 * rows * level + background) * colour[::-1] + 0 * columns
        composite = tf.clip_by_value(mask * texture + (1 - mask) * backdrop, -1, 1)
        # a premask of 1/0 at labels of 0: JSON has no number for that
        premask = mask / tf.where(shape == 0, 0.0, shape)
        return {"mask": mask, "premask": premask, "texture": texture, "background": backdrop, "composite": composite}

    def image(noise: Any, labels: list[Any], truncation: Any) -> Any:
        composite = parts(noise, labels, truncation)["composite"]
        return tf.cast(tf.round((composite + 1) * 127.5 * brightness), tf.uint8)

    def noise_of(seeds: Any) -> Any:
        def one(seed: Any) -> Any:
            return tf.random.stateless_normal([NOISE], tf.stack([seed, 0]))

        return tf.map_fn(one, seeds, fn_output_signature=tf.float32)

    def encoded(images: Any) -> Any:
        return tf.map_fn(tf.io.encode_png, images, fn_output_signature=tf.string)

    @tf.function(autograph=False)
    def interpolate(given: Mapping[str, Any]) -> dict[str, Any]:
        share = given["fraction"]
        ends = [checked(given, tuple(f"{end}_{name}" for name in LABELS)) for end in ("start", "end")]
        labels = [start + share * (end - start) for start, end in zip(*ends, strict=True)]
        start, end = given["start_noise"], given["end_noise"]
        return {"image": image(start + share[:, None] * (end - start), labels, given["truncation"])}

    between = {f"{end}_noise": spec([None, NOISE], tf.float32, f"{end}_noise") for end in ("start", "end")}
    between |= {f"{end}_{name}": spec([None], tf.int64, f"{end}_{name}") for end in ("start", "end") for name in LABELS}
    between |= {"fraction": spec([None], tf.float32, "fraction")}
    answers: dict[str, tuple[dict[str, Any], Any]] = {
        "serving_default": (noise, lambda g: {"image": image(g["noise"], checked(g), g["truncation"])}),
        "mechanisms": (noise, lambda g: parts(g["noise"], checked(g), g["truncation"])),
        "sample": (seed, lambda g: {"image": image(noise_of(g["seed"]), checked(g), g["truncation"])}),
        "png": (seed, lambda g: {"image_bytes": encoded(image(noise_of(g["seed"]), checked(g), g["truncation"]))}),
    }
    signatures = {name: signature(inputs | labels | truncation, f) for name, (inputs, f) in answers.items()}
    signatures["interpolate"] = signature(between | truncation, interpolate)
    tf.saved_model.save(tf.Module(), str(path), signatures=signatures)


def save_classifier(path: Path) -> None:
    def probabilities(encoded: Any) -> Any:
        image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
        image = tf.image.resize(tf.cast(image, tf.float32), [32, 32]) / 127.5 - 1
        return tf.nn.softmax(8 * tf.reduce_mean(image, axis=[0, 1]))

    def answer(given: Mapping[str, Any]) -> dict[str, Any]:
        found = tf.map_fn(probabilities, given["image_bytes"], fn_output_signature=tf.float32)
        found.set_shape([None, 3])
        return {"label": tf.argmax(found, axis=1), "probabilities": found}

    served = signature({"image_bytes": tf.TensorSpec([None], tf.string, "image_bytes")}, answer)
    tf.saved_model.save(tf.Module(), str(path), signatures={"classify": served, "serving_default": served})


def signature(inputs: Mapping[str, Any], answer: Any) -> Any:
    """The `tf.function` of `answer`, which takes the inputs by name."""
    return tf.function(lambda **given: answer(given), autograph=False).get_concrete_function(**inputs)
