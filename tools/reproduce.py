"""Make rows of the results table; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("reproduce"))
