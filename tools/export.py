"""Export a model for TF Serving; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("export"))
