"""The configuration of `tools/film.py`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse

KINDS = {".webp": "WEBP", ".gif": "GIF"}
"""Extension of a film → its format."""


@dataclass(frozen=True, kw_only=True)
class FilmConfig:
    """Which run to show, and how."""

    workdir: str = path_option("", "Work directory of the training. Required.", PathUse.READ)
    mode: str = option(
        "training",
        "What the film shows: training, the sample grids that the run made at its steps, so that masks emerge and "
        "backgrounds are inpainted.",
        choices=("training",),
    )
    sample_grid: str = option(
        "parts", "Which of the sample grids of the run are shown.", choices=("parts", "counterfactuals")
    )
    # WebP, because it keeps every pixel: the 256 colours of a GIF band textures and turn soft masks into steps
    output: str = path_option(
        "",
        "File of the film, .webp (every pixel as it is) or .gif (256 colours a frame, for programs that play no "
        "WebP); empty: film.webp in the run, film_counterfactuals.webp of those sample grids.",
        PathUse.WRITE_FILE,
    )
    frame_ms: int = option(
        200, "Milliseconds for which a frame is shown; a GIF counts in tens.", minimum=20, maximum=60_000
    )
    last_frame_ms: int = option(2_000, "Milliseconds for which the last frame is shown.", minimum=20, maximum=60_000)
    max_width: int = option(
        960, "Width in pixels above which sample grids are made smaller.", minimum=64, maximum=8_000
    )
    every: int = option(
        1,
        "Step between the sample grids that are shown, beginning with the first; the last one is always shown. "
        "All frames are in memory at once, 4 bytes a pixel.",
        minimum=1,
    )
    quality: int = option(
        100,
        "Quality of a WebP: 100 keeps every pixel; 90 is hard to tell from 100, and a sixth of the size with "
        "photographs.",
        minimum=1,
        maximum=100,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if not self.workdir:
            raise ConfigError("`workdir`: expected the directory of a run, got none: `workdir=runs/quickstart`.")
        if self.target.suffix.lower() not in KINDS:
            raise ConfigError(f"`output`: expected a name that ends in {' or '.join(KINDS)}, got {self.output}.")
        if self.kind == "GIF" and self.quality != 100:
            raise ConfigError(f"`quality={self.quality}` contradicts `output={self.output}`: it is for .webp.")

    @property
    def target(self) -> Path:
        """The file of the film."""
        name = "film.webp" if self.sample_grid == "parts" else f"film_{self.sample_grid}.webp"
        return Path(self.output or Path(self.workdir) / name)

    @property
    def kind(self) -> str:
        """Its format, "WEBP" or "GIF"."""
        return KINDS[self.target.suffix.lower()]
