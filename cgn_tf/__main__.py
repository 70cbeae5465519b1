"""`python -m cgn_tf COMMAND ...`, which is `cgn COMMAND ...`."""

from cgn_tf.cli.start import run

raise SystemExit(run())
