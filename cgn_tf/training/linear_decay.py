"""A learning rate that falls linearly at the end of a run."""

from __future__ import annotations

from typing import Any

import keras


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """`rate` up to step `begin`, then linearly down to 0 at step `end`; times step / `warm_up` in the first steps."""

    def __init__(self, rate: float, begin: int, end: int, warm_up: int = 0) -> None:
        self.rate, self.begin, self.end, self.warm_up = rate, begin, end, warm_up

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        rate = self.rate * keras.ops.clip((self.end - step) / (self.end - self.begin), 0.0, 1.0)
        return rate * keras.ops.minimum((step + 1.0) / self.warm_up, 1.0) if self.warm_up else rate

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "begin": self.begin, "end": self.end, "warm_up": self.warm_up}
