"""The commands, one a file: flags to configuration, then build and run."""
