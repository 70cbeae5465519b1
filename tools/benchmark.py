"""Measure speed and memory; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("benchmark"))
