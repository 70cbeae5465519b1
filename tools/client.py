"""Ask a model server for images; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("client"))
