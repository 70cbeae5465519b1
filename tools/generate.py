"""Make a data set of counterfactuals with a digit CGN; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("generate"))
