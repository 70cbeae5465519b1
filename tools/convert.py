"""Convert foreign weights to a checkpoint; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("convert"))
