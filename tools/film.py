"""Make a film of a training run; `--help` lists the options."""

from cgn_tf.cli.film import main

raise SystemExit(main())
