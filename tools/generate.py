"""Make a data set of counterfactuals with a digit CGN; `--help` lists the options."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from cgn_tf.cli.start import run

raise SystemExit(run("generate"))
