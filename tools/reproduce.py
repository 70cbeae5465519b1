"""Make rows of the results table; `--help` lists the options."""

from cgn_tf.cli.reproduce import main

raise SystemExit(main())
