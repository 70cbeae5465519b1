"""Models for TF Serving: their signatures, their SavedModels, and the versions of them in a directory."""
