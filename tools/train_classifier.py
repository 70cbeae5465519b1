"""Train a classifier of digits; `--help` lists the options."""

from cgn_tf.cli.train_classifier import main

raise SystemExit(main())
