"""Plots of percentages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cgn_tf.render.plots import Point, bars, heat_maps, write_plot

NAMES = ("$x_{$", "a $5$ note")


def test_dollar_signs_in_names_are_no_formulas(tmp_path: Path) -> None:
    figures = [
        heat_maps({NAMES[0]: np.eye(2)}, NAMES, NAMES, "label", "prediction"),
        bars(NAMES, {"test": [Point(50.0, None), Point(60.0, 2.0)]}, {}, 50.0),
    ]
    for number, figure in enumerate(figures):
        write_plot(tmp_path / f"{number}.png", figure)
        with Image.open(tmp_path / f"{number}.png") as image:
            assert image.format == "PNG"
        shown = [label for label in figure.axes[0].get_xticklabels() if label.get_text() in NAMES]
        assert len(shown) == 2
        assert not any(label.get_parse_math() for label in shown)
