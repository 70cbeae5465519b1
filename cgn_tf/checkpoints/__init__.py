"""Checkpoints: saved atomically, verified when read, turned back into a model.

A directory holds one folder a checkpoint:

    step_00001000/
      model.safetensors     one file a group of named arrays: model, ema (where one is kept), training
      training.safetensors
      manifest.json         step, constructor of the model, configuration; size and SHA-256 of every file
"""

from __future__ import annotations

from cgn_tf.checkpoints.loading import CheckpointSource, load, load_with_source
from cgn_tf.checkpoints.manifest import FORMAT_VERSION, CheckpointError, NewerFormatError, UnreadableError
from cgn_tf.checkpoints.storage import Checkpoint, NonFiniteError, available, read, read_latest, save
from cgn_tf.weights.assignment import AssignmentError, assign, named_variables

__all__ = [
    "FORMAT_VERSION",
    "AssignmentError",
    "Checkpoint",
    "CheckpointError",
    "CheckpointSource",
    "NewerFormatError",
    "NonFiniteError",
    "UnreadableError",
    "assign",
    "available",
    "load",
    "load_with_source",
    "named_variables",
    "read",
    "read_latest",
    "save",
]
