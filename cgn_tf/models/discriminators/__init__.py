"""Discriminators of images, given their label."""
