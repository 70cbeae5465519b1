"""Tabulate the results; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("results_table"))
