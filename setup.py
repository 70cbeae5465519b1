"""Puts the files of configs/ into the wheel, as data of the package; all else stands in setup.cfg."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["cgn_tf*"]), "cgn_tf.configs"], package_dir={"cgn_tf.configs": "configs"})
