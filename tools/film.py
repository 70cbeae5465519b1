"""Make a film of a training run; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("film"))
