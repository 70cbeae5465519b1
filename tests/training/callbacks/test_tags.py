from __future__ import annotations

import pytest

from cgn_tf.training.callbacks.tags import log_of, tag

LOGS = {
    "loss/total": "loss/total",
    "loss/discriminator": "loss/discriminator",
    "raw/mask_size": "loss_mask_size/raw",
    "weighted/mask_size": "loss_mask_size/weighted",
    "mask/mean": "mask/mean",
    "accuracy": "metrics/accuracy",
    "irm_weight": "settings/irm_weight",
    "learning_rate": "settings/learning_rate",
    "learning_rate/shape": "settings/learning_rate/shape",
    "loss_scale": "settings/loss_scale",
    "images_per_second": "speed/images_per_second",
}


@pytest.mark.parametrize("log", LOGS)
def test_a_tag_says_which_log_it_is(log: str) -> None:
    assert tag(log) == LOGS[log]
    assert log_of(LOGS[log]) == log
    assert log_of(log) == log  # of an older run


def test_losses_stand_first() -> None:
    groups = [found.partition("/")[0] for found in sorted(LOGS.values())]
    assert list(dict.fromkeys(groups)) == ["loss", "loss_mask_size", "mask", "metrics", "settings", "speed"]
