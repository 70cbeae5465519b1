"""Tabulate the results; `--help` lists the options."""

from cgn_tf.cli.results_table import main

raise SystemExit(main())
