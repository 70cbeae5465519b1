"""Train a digit CGN; `--help` lists the options."""

from cgn_tf.cli.train import main

raise SystemExit(main())
