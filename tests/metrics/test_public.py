from __future__ import annotations

import subprocess
import sys

from cgn_tf import metrics


def test_no_network_library_is_imported() -> None:
    code = (
        "import sys, cgn_tf; cgn_tf.metrics.frechet_distance; "
        "print([name for name in ('keras', 'tensorflow', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_all_is_there() -> None:
    assert all(hasattr(metrics, name) for name in metrics.__all__)
