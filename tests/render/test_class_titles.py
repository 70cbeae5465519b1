from __future__ import annotations

import pytest

from cgn_tf.render.class_titles import class_titles, short_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cat", "cat"),
        ("black-footed_ferret", "black-footed…"),
        ("tench, Tinca tinca", "tench"),
        ("great  white\nshark", "great white s…"),
        ("fourteen chars", "fourteen chars"),
        ("Äpfel", "Äpfel"),
    ],
)
def test_what_fits_under_an_image(name: str, title: str) -> None:
    assert short_title(name) == title
    assert len(title) <= 14


def test_numbers_where_there_are_no_names() -> None:
    assert class_titles([2, 0], ["a", "b", "a long name of a class"]) == ["a long name o…", "a"]
    assert class_titles([2, 0]) == ["2", "0"]
