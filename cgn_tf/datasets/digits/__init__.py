"""MNIST and its like in the three ways that the paper dresses them."""
