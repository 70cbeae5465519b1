from __future__ import annotations

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.experiments.results_table import BEGIN, END, as_markdown, replaced
from tests.experiments.test_results import result


def test_ours_stand_beside_the_published_figures() -> None:
    rows = as_markdown(
        [
            *(
                result(seed=seed, test_accuracy=94.0 + seed, train_accuracy=99.0 + seed / 10, minutes=30.0 + seed)
                for seed in range(3)
            ),
            result(variant="wildlife_mnist", method="plain", official_test_accuracy=None, train_accuracy=None),
        ]
    ).splitlines()
    assert rows[0] == "| | classifier trained on | colored | double-colored | wildlife |".replace("| |", "|  |")
    assert rows[2] == "| paper | original images | 99.5 → 35.9 | 100.0 → 10.3 | 100.0 → 10.1 |"
    assert rows[3] == "| paper | images of a GAN | 99.8 → 40.7 | 100.0 → 10.8 | 100.0 → 10.4 |"
    assert rows[4] == "| paper | counterfactuals | 99.7 → 95.1 | 97.4 → 89.0 | 99.2 → 85.7 |"
    assert rows[5] == (
        "| independent replication | counterfactuals, published CGN weights | – → 92.3 | – → 86.5 | – → 81.4 |"
    )
    assert rows[6] == "| **ours** | the variant's own images | – | – | – → **95.00** (n = 1) |"
    # 4.303 / √3
    assert rows[7] == (
        "| **ours** | counterfactuals, CGN trained from scratch | 99.1 → **95.00 ± 2.48** (n = 3) | – | – |"
    )
    made = "`python tools/pipeline.py --seed=0` |"
    assert f"| colored | counterfactuals, CGN trained from scratch | 94.00 ± 0.00 | 31 | {made}" in rows
    assert f"| wildlife | the variant's own images | – | 30 | {made}" in rows


def test_figures_that_not_every_run_has_are_counted() -> None:
    results = [result(seed=seed, official_test_accuracy=94.0 if seed else None) for seed in range(3)]
    assert "| 94.00 ± 0.00 (n = 2) |" in as_markdown(results)


def test_a_bar_in_a_command_does_not_end_the_cell() -> None:
    assert r"`a \| b` |" in as_markdown([result(command="a | b")])


def test_only_what_is_between_the_marks_changes() -> None:
    text = f"# Title\n\n{BEGIN}\nold\n\n{END}\n\nthe end\n"
    once = replaced(text, "| a |\n", "README")
    assert once == f"# Title\n\n{BEGIN}\n| a |\n{END}\n\nthe end\n"
    assert replaced(once, "| a |\n", "README") == once


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "README: expected the line <!-- results:begin --> once, got it 0 times"),
        (f"{BEGIN}\n", "README: expected the line <!-- results:end --> once, got it 0 times"),
        (f"{BEGIN}\n{BEGIN}\n{END}", "README: expected the line <!-- results:begin --> once, got it 2 times"),
        (f"{END}\n{BEGIN}", "README: expected <!-- results:begin --> before <!-- results:end -->"),
    ],
)
def test_marks_that_do_not_fit(text: str, message: str) -> None:
    with pytest.raises(CommandError, match=f"^{message}"):
        replaced(text, "", "README")
