from __future__ import annotations

from cgn_tf.render.markdown import LEFT, RIGHT, markdown_table


def test_a_table_with_the_first_column_on_the_left() -> None:
    assert markdown_table(["a", "b"], [["x", "1"], ["y|z", "2"]]) == "\n".join(
        ["| a | b |", "| --- | ---: |", "| x | 1 |", "| y\\|z | 2 |"]
    )


def test_columns_as_asked_for_and_no_rows() -> None:
    assert markdown_table(["a", "b"], [], [RIGHT, LEFT]) == "| a | b |\n| ---: | --- |"
