"""Files and directories that are whole or absent, locks, versions, JSON, and directories bound to a configuration."""
