"""Suites that judge a classifier of photographs where shape, texture and background no longer agree."""
