from __future__ import annotations

import numpy as np

from cgn_tf.ops.clipping import as_uint8
from cgn_tf.render.grid import grey, to_uint8
from cgn_tf.types import PREMASK_RANGE


def test_rounding_equals_that_of_pictures() -> None:
    values = np.linspace(-1.1, 1.1, 3 * 4097, dtype=np.float32).reshape(1, 4097, 3)
    np.testing.assert_array_equal(as_uint8(values), to_uint8(values))


def test_rounding_equals_that_of_pictures_in_any_range() -> None:
    values = np.linspace(-0.1, 1.1, 4097, dtype=np.float32).reshape(1, 4097, 1)
    np.testing.assert_array_equal(np.repeat(as_uint8(values, 0.0, 1.0), 3, axis=-1), grey(values))
    wide = np.linspace(-2.5, 3.5, 4097, dtype=np.float32).reshape(1, 4097, 1)
    np.testing.assert_array_equal(np.repeat(as_uint8(wide, *PREMASK_RANGE), 3, axis=-1), grey(wide, *PREMASK_RANGE))
