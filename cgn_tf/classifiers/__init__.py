"""Classifiers of photographs: networks with published weights and anybody's models, each with the input it expects."""
