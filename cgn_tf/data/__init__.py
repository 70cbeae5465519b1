"""Real images for training and evaluation, as tf.data."""
