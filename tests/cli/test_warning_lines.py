from __future__ import annotations

import warnings

from cgn_tf.cli.warning_lines import warnings_in_one_line


def test_what_a_user_can_act_on_is_one_line_and_the_rest_keeps_its_place() -> None:
    plain = warnings.formatwarning
    with warnings_in_one_line():
        told = warnings.formatwarning("a checkpoint\nis damaged", UserWarning, "loading.py", 7)
        of_programmers = warnings.formatwarning("is deprecated", DeprecationWarning, "loading.py", 7)
    assert told == "warning: a checkpoint is damaged\n"
    assert of_programmers.startswith("loading.py:7: DeprecationWarning: is deprecated")
    assert warnings.formatwarning is plain
