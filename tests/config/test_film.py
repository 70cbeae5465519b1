from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cgn_tf.config.film import FilmConfig
from cgn_tf.config.options import ConfigError


@pytest.mark.parametrize(
    ("values", "target", "kind"),
    [
        ({}, "run/film.webp", "WEBP"),
        ({"sheet": "counterfactuals"}, "run/film_counterfactuals.webp", "WEBP"),
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
        ({"sheet": "masks"}, "--sheet: expected one of parts, counterfactuals, got 'masks'"),
        ({"frame_ms": 10}, "--frame_ms: expected a whole number, at least 20"),
        ({"every": 0}, "--every: expected a whole number, at least 1"),
        ({"output": "a.gif", "quality": 90}, r"--quality=90 contradicts --output=a\.gif: it is for \.webp\.$"),
    ],
)
def test_what_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        FilmConfig(**{"workdir": "run"} | values)
