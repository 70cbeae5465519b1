"""Build a background challenge from photographs or a CGN; `--help` lists the options."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from cgn_tf.cli.start import run

raise SystemExit(run("build_challenge"))
