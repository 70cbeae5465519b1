"""Ask a model server for images; `--help` lists the options."""

from cgn_tf.cli.client import main

raise SystemExit(main())
