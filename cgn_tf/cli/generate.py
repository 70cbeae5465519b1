"""The command `generate`."""

from __future__ import annotations

from cgn_tf.generation import generate as generation
from cgn_tf.generation.config import GenerateConfig

_NAMED = 3


def generate(config: GenerateConfig) -> None:
    """Makes a data set of counterfactuals, or this process's share of it, and prints how far it is."""
    made = generation.generate(config)
    output = config.output_dir
    if made.missing:
        named = ", ".join(made.missing[:_NAMED]) + (", …" if len(made.missing) > _NAMED else "")
        print(
            f"{output}: {len(made.missing)} of {made.files} files are still missing ({named}); once the other "
            "processes have made them and all files, config.json among them, are in one directory, this command "
            "finishes the data set there."
        )
    elif made.was_finished:
        print(f"{output}: all {config.num_images} images are there; nothing to do.")
    else:
        print(f"{output}: {config.num_images} images in {made.files} files; README.md tells how to read them.")
