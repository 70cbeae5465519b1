"""From a configuration to objects: the only place where the parts meet."""
