"""The methods that are compared: on which images a classifier is trained."""

from __future__ import annotations

METHOD_TITLES = {
    "plain": "the variant's own images",
    "irm": "the variant's own images, IRM",
    "gan": "images of a GAN",
    "published_weights": "counterfactuals, published CGN weights",
    "cgn": "counterfactuals, CGN trained from scratch",
}
"""Name of a method → what its classifier is trained on. The GAN is class-conditional; the published weights are
those of the paper's authors."""

METHODS = tuple(METHOD_TITLES)
"""In the order of the table of results."""

NOT_OF_PHOTOGRAPHS = {
    "irm": "it learns from environments, whose textures and backgrounds are chosen, and those of photographs cannot be",
    "gan": "there are recipes of a class-conditional GAN for the variants of MNIST alone",
    "published_weights": "the published weights draw digits",
}
"""Methods that the variants of MNIST have alone → why."""

ON_OWN_IMAGES = frozenset({"plain", "irm"})
"""Methods that need no generator."""
