from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import as_flags
from cgn_tf.render.film_config import FilmConfig


@pytest.mark.parametrize(
    ("values", "target", "kind"),
    [
        ({}, "run/film.webp", "WEBP"),
        ({"sample_grid": "counterfactuals"}, "run/film_counterfactuals.webp", "WEBP"),
        ({"output": "other/a.GIF"}, "other/a.GIF", "GIF"),
    ],
)
def test_where_the_film_goes(values: dict[str, Any], target: str, kind: str) -> None:
    config = FilmConfig(workdir="run", **values)
    assert (config.target, config.kind) == (Path(target), kind)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"workdir": ""}, r"--workdir: expected the directory of a run, got none: --workdir=runs/quickstart\.$"),
        ({"output": "a.mp4"}, r"--output: expected a name that ends in \.webp or \.gif, got a\.mp4\.$"),
        ({"output": "film"}, r"--output: expected a name that ends in \.webp or \.gif, got film\.$"),
        ({"mode": "growth"}, "--mode: expected one of training, got 'growth'"),
        ({"sample_grid": "masks"}, "--sample_grid: expected one of parts, counterfactuals, got 'masks'"),
        ({"frame_ms": 10}, "--frame_ms: expected a whole number, at least 20"),
        ({"every": 0}, "--every: expected a whole number, at least 1"),
        ({"output": "a.gif", "quality": 90}, r"--quality=90 contradicts --output=a\.gif: it is for \.webp\.$"),
    ],
)
def test_what_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        FilmConfig(**{"workdir": "run"} | values)
    assert re.search(message, as_flags(str(caught.value)))
