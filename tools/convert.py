"""Convert foreign weights to a checkpoint; `--help` lists the options."""

from cgn_tf.cli.convert import main

raise SystemExit(main())
