"""Train with each loss switched off in turn and tabulate; `--help` lists the options."""

from cgn_tf.cli.ablate import main

raise SystemExit(main())
