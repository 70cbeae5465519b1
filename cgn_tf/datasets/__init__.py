"""Real images and labels for training and evaluation, as functions of (seed, step)."""
