"""`python -m cgn_tf COMMAND ...`."""

from cgn_tf.cli.app import main

raise SystemExit(main())
