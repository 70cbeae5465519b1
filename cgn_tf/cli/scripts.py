"""The console scripts of setup.cfg: one callable without arguments for each command."""

from __future__ import annotations

from functools import partial

from cgn_tf.cli.start import run

ablate = partial(run, "ablate")
benchmark = partial(run, "benchmark")
build_challenge = partial(run, "build_challenge")
client = partial(run, "client")
convert = partial(run, "convert")
evaluate = partial(run, "evaluate")
export = partial(run, "export")
film = partial(run, "film")
generate = partial(run, "generate")
reproduce = partial(run, "reproduce")
results_table = partial(run, "results_table")
segment = partial(run, "segment")
train = partial(run, "train")
train_classifier = partial(run, "train_classifier")
