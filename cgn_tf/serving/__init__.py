"""A CGN for TF Serving: its signature, its SavedModel, and the versions of it in a directory."""
