"""Judge a digit CGN; `--help` lists the options."""

from cgn_tf.cli.evaluate import main

raise SystemExit(main())
