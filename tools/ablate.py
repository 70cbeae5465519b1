"""Train with each loss switched off in turn and tabulate; `--help` lists the options."""

from cgn_tf.cli.app import run

raise SystemExit(run("ablate"))
