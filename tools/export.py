"""Export a model for TF Serving; `--help` lists the options."""

from cgn_tf.cli.export import main

raise SystemExit(main())
