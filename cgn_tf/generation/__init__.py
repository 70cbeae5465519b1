"""Data sets of counterfactuals: drawn, written as records, and read."""
