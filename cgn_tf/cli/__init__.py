"""The command line: `python -m cgn_tf COMMAND`, one table of commands, and what each does with its configuration."""
