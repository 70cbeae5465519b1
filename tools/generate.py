"""Make a data set of counterfactuals with a digit CGN; `--help` lists the options."""

from cgn_tf.cli.generate import main

raise SystemExit(main())
