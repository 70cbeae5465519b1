"""Train a classifier of digits; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("train_classifier"))
