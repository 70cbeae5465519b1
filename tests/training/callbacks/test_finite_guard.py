from __future__ import annotations

import math

import pytest

from cgn_tf.errors import CommandError
from cgn_tf.training.callbacks.finite_guard import FiniteGuard, NonFiniteLossError, non_finite


def test_finite_logs_pass() -> None:
    FiniteGuard().after_step(1, {"raw/style": 1e30, "loss/total": -1e30, "mask/mean": 0.0})
    assert non_finite({"raw/style": 1e30}) == {}


def test_the_cause_is_named_before_what_follows_from_it() -> None:
    nan, inf = math.nan, math.inf
    logs = {
        "loss/total": nan,
        "loss/discriminator": inf,
        "mask/mean": nan,
        "weighted/style": nan,
        "raw/style": nan,
        "raw/binary_entropy": 0.5,
        "raw/adversarial": -inf,
    }
    assert list(non_finite(logs)) == [
        "raw/adversarial",
        "raw/style",
        "loss/discriminator",
        "weighted/style",
        "loss/total",
        "mask/mean",
    ]


def test_error_holds_step_term_value_and_advice() -> None:
    with pytest.raises(NonFiniteLossError) as raised:
        FiniteGuard().after_step(1234, {"loss/total": math.inf, "raw/content": math.inf, "raw/style": 2.0})
    message = str(raised.value)
    assert message.startswith("Step 1234: expected finite losses, got raw/content = inf, loss/total = inf.")
    assert "Checkpoints of earlier steps are kept" in message
    assert "lower learning rates" in message
    assert "raw/style" not in message
    assert "\n" not in message
    assert isinstance(raised.value, CommandError)
    assert raised.value.exit_code == 1
