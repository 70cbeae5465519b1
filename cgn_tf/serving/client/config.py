"""The configuration of `tools/client.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgn_tf.errors import ConfigError
from cgn_tf.files.versions import HIGHEST
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse
from cgn_tf.options.seeds import seed_option

LONGEST_TIMEOUT = 1_000_000
"""Seconds: eleven days. Sockets count milliseconds in 31 bits, which is little more than twice as long."""
_INT64 = 2**63 - 1


@dataclass(frozen=True)
class ImagesConfig:
    """`task=png` and `task=sample_grid`: which images to ask a CGN for."""

    output_dir: str = path_option(
        "", "Directory for the images; made where missing. Required.", PathUse.WRITE_DIRECTORY
    )
    seeds: tuple[int, ...] = seed_option((0,), "Seeds of the noise: one image, or one sample grid, for each.")
    shapes: tuple[int, ...] = option((0,), "Classes of the shapes.", minimum=0, maximum=_INT64)
    textures: tuple[int, ...] = option((0,), "Classes of the textures.", minimum=0, maximum=_INT64)
    backgrounds: tuple[int, ...] = option((0,), "Classes of the backgrounds.", minimum=0, maximum=_INT64)
    truncation: float = option(
        1.0, "Factor on the noise: below 1 images are more typical and less varied.", above=0.0, maximum=1.0
    )

    def __post_init__(self) -> None:
        check_options(self)
        for name in ("seeds", "shapes", "textures", "backgrounds"):
            if not getattr(self, name):
                raise ConfigError(f"`{name}`: expected one or several, comma separated, got none; for example 0,1,2.")


@dataclass(frozen=True)
class ClassifyConfig:
    """`task=classify`: which images to show a classifier."""

    files: tuple[str, ...] = path_option((), "PNG or JPEG files, comma separated. Required.", PathUse.READ)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class ClientConfig:
    """Which server to ask, and what for."""

    task: str = option(
        "png",
        "png: an image for each seed with its classes, where one value may stand for all; sample_grid: every "
        "shape with every texture and background; classify: what digits are in files.",
        choices=("png", "sample_grid", "classify"),
    )
    server: str = option(
        "http://localhost:8501", "TF Serving's address: http://host:8501 (REST) or grpc://host:8500 (faster for many)."
    )
    model: str = option("", "Name of the model on the server; empty: cgn, or classifier for `task=classify`.")
    version: int = option(0, "Version of the model; 0: the highest that is served.", minimum=0, maximum=HIGHEST)
    batch_size: int = option(16, "Number of images in a request.", minimum=1)
    timeout: float = option(
        60.0, "Seconds that a request may take, all attempts together.", above=0.0, maximum=LONGEST_TIMEOUT
    )
    attempts: int = option(6, "Number of times that a server which is not available is asked.", minimum=1)
    images: ImagesConfig = field(default_factory=ImagesConfig)
    classify: ClassifyConfig = field(default_factory=ClassifyConfig)

    def __post_init__(self) -> None:
        check_options(self)
        if self.task == "classify":
            if not self.classify.files:
                raise ConfigError("`files`: expected PNG or JPEG files, got none; for example `files=a.png,b.jpg`.")
            return
        if not self.images.output_dir:
            raise ConfigError("`output_dir`: expected a directory for the images, got none; for example runs/served.")
        counts = {name: len(getattr(self.images, name)) for name in ("seeds", "shapes", "textures", "backgrounds")}
        if self.task == "png" and len(set(counts.values()) - {1}) > 1:
            numbers = ", ".join(f"{count} {name}" for name, count in counts.items())
            raise ConfigError(
                f"expected one or as many of each for `task=png`, got {numbers}; `task=sample_grid` takes all."
            )

    @property
    def model_name(self) -> str:
        """Name of the model to ask."""
        return self.model or ("classifier" if self.task == "classify" else "cgn")
