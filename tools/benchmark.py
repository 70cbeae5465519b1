"""Measure speed and memory; `--help` lists the options."""

from cgn_tf.cli.benchmark import main

raise SystemExit(main())
