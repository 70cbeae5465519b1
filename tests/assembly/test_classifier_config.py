from __future__ import annotations

import pytest

from cgn_tf.assembly.classifier_config import REPORTING, RESUMABLE, TrainClassifierConfig
from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import parse

MIXED = ["--training_data=mixed", "--counterfactuals=a,b"]
IRM = ["--environments=1.0,0.9"]


def config(*flags: str) -> TrainClassifierConfig:
    digits = [] if "--dataset=latent" in flags else ["--digits=sklearn"]
    return parse(TrainClassifierConfig, ["--workdir=unused", *digits, *flags])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--workdir="], "--workdir: expected a directory for the run, got none"),
        (["--dataset=latent"], "--dataset=latent: expected a data set that has images to test on"),
        (["--digits=nowhere.npz"], "--digits: no file nowhere.npz"),
        (["--counterfactuals=a"], "--counterfactuals contradicts --training_data=original"),
        (["--num_counterfactuals=5"], "--num_counterfactuals=5 contradicts --training_data=original"),
        (["--training_data=counterfactual"], "--counterfactuals: expected directories .*got none"),
        (["--training_data=mixed", "--counterfactuals=a,"], "--counterfactuals: expected directories"),
        (["--training_data=mixed", "--counterfactuals=a,a"], "--counterfactuals: expected each directory once"),
        ([*MIXED, *IRM], "--environments contradicts --training_data=mixed"),
        ([*MIXED, "--original_share=1"], "--original_share: expected a number, above 0, below 1, got 1"),
        ([*MIXED, "--original_share=.001"], "expected at least one image of either kind, got 0 original ones"),
        (["--environments=1.0"], "--environments: expected at least two probabilities, got one"),
        (["--environments=1.0,1.5"], "--environments: expected a number or several, .*at most 1, got"),
        ([*IRM, "--batch_size=3"], "--batch_size: expected a multiple of the 2 --environments, got 3"),
        (["--irm_weight=10"], "--irm_weight=10 needs environments"),
        ([*IRM, "--irm_anneal_steps=10"], "--irm_anneal_steps needs a penalty: set --irm_weight"),
        (["--lr_linear_steps=5"], "--lr_linear_steps contradicts --optimizer=adadelta"),
        (["--optimizer=adam", "--lr_decay_every=5"], "--lr_decay_every contradicts --optimizer=adam"),
        (["--optimizer=adam", "--lr_warmup_steps=5"], "--lr_warmup_steps needs a schedule: set --lr_linear_steps"),
        (["--optimizer=adam", "--lr_linear_steps=5", "--steps=4"], r"--lr_linear_steps: expected at most --steps"),
        (["--label=colour"], "--label: expected one of shape, texture, background"),
        (["--mixed_precision=float16"], "--mixed_precision: expected float32"),
        (["--micro_batches=2"], "--micro_batches: expected 1"),
        (["--jit"], "--jit contradicts --deterministic: .*set --nodeterministic too"),
        (["--gradient_checkpointing"], "--gradient_checkpointing: expected false"),
    ],
)  # fmt: skip
def test_contradictions_are_named(flags: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(*flags)


def test_the_share_of_original_images() -> None:
    assert config().num_original == 64
    assert config(*MIXED).num_original == 32
    assert config(*MIXED, "--original_share=0.25", "--batch_size=10").num_original == 2
    assert config("--training_data=counterfactual", "--counterfactuals=a").num_original == 0


def test_the_rate_of_each_optimizer() -> None:
    assert config().optimizer.rate == 1.0
    assert config("--optimizer=adam").optimizer.rate == 0.001
    assert config("--optimizer=adam", "--lr=0.5").optimizer.rate == 0.5


def test_what_may_change_when_a_run_goes_on() -> None:
    assert {"counterfactuals", "keep", "method", "steps_per_execution"} <= REPORTING < RESUMABLE
    assert not {"seed", "batch_size", "label", "num_counterfactuals", "irm_weight", "lr"} & RESUMABLE
