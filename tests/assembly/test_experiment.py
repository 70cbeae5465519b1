"""`cgn_tf.experiment`: files of flags and options of Python, and what is built of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cgn_tf
from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.errors import CommandError, ConfigError


def test_options_of_python() -> None:
    config = cgn_tf.experiment(
        "quickstart", steps=20, shape_lr=1e-5, freeze=["shape", "texture"], deterministic=False, workdir=Path("a,b")
    ).config
    assert isinstance(config, TrainConfig)
    assert (config.run.steps, config.run.batch_size, config.run.deterministic) == (20, 32, False)
    assert (config.optimizer.shape_lr, config.optimizer.freeze) == (1e-5, ("shape", "texture"))
    assert (config.run.workdir, config.run.dry_run) == ("a,b", False)
    classifier = cgn_tf.experiment("classifier_colored_mnist", counterfactuals=("a,b", "c"), steps=9_000).config
    assert isinstance(classifier, TrainClassifierConfig)
    assert classifier.training.counterfactuals == ("a,b", "c")
    assert (classifier.run.steps, classifier.distribution.steps_per_execution) == (9_000, 10)


def test_a_shorter_run_has_shorter_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    config = cgn_tf.experiment("wildlife_mnist", steps=2_000, digits="sklearn", textures="procedural").config
    assert isinstance(config, TrainConfig)
    assert (config.run.steps, config.optimizer.lr_decay_steps) == (2_000, 600)
    told = capsys.readouterr().err
    assert told.startswith("note: for steps=2000 instead of 10000 (")
    assert "lr_decay_steps=600 instead of 3000 (" in told
    cgn_tf.experiment("wildlife_mnist", digits="sklearn", textures="procedural")
    assert capsys.readouterr().err == ""


def test_which_command(tmp_path: Path) -> None:
    both = tmp_path / "both.flags"
    both.write_text("--digits=sklearn\n--nodeterministic\n")
    with pytest.raises(ConfigError, match=r"expected flags of one of the commands .*, got those that both know; give"):
        cgn_tf.experiment(both)
    assert isinstance(cgn_tf.experiment(both, command="train").config, TrainConfig)
    assert isinstance(cgn_tf.experiment(both, shape_lr=1.0).config, TrainConfig)
    assert isinstance(cgn_tf.experiment(both, irm_anneal_steps=0).config, TrainClassifierConfig)
    assert not cgn_tf.experiment(both, command="train").config.run.deterministic
    with pytest.raises(ConfigError, match="`command`: expected one of train, train_classifier, got 'evaluate'"):
        cgn_tf.experiment(both, command="evaluate")
    with pytest.raises(ConfigError, match=r"counterfactuals: .* got those that neither knows; give"):
        cgn_tf.experiment("counterfactuals")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"stepz": 3}, "^unknown option stepz; did you mean steps\\?"),
        ({"zzzzzz": 3}, "^unknown option zzzzzz; `config` holds all"),
        ({"steps": 0}, "^steps: expected a whole number, at least 1, got 0"),
        ({"shape_lr": "fast"}, "^shape_lr=fast: expected a number"),
        ({"shape_lr": None}, "^`?shape_lr`?: expected a value, got None"),
        (
            {"callbacks": "one:two"},
            "^`callbacks`: expected an option of the experiment, .*give the callbacks themselves",
        ),
        ({"print_config": True}, "^`print_config`: .*`config` of what `experiment` returns"),
        ({"discriminator": "none", "discriminator_width": 3}, "discriminator_width: no chosen part reads it"),
    ],
)
def test_options_that_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cgn_tf.experiment("quickstart", **overrides)


def test_no_such_experiment() -> None:
    with pytest.raises(ConfigError, match="quick"):
        cgn_tf.experiment("quick")
    with pytest.raises(ConfigError, match=r"nowhere\.flags"):
        cgn_tf.experiment("nowhere.flags")


def test_a_trainer_and_its_data() -> None:
    trainer, data = cgn_tf.experiment("quickstart", batch_size=4, steps=30, steps_per_execution=2).build()
    assert isinstance(trainer, cgn_tf.CGNTrainer)
    assert (data.steps, data.steps_per_epoch, trainer.steps_per_execution, trainer.batch_size) == (30, 360, 2, 4)
    assert isinstance(trainer.generator, cgn_tf.CGN)
    assert trainer.dataset is not None


def test_a_classifier_is_trained(tmp_path: Path) -> None:
    file = tmp_path / "own.flags"
    file.write_text("--digits=sklearn\n--validation_size=77\n--training_data=original\n--batch_size=32\n")
    trainer, data = cgn_tf.experiment(file, epochs=0.1).build()
    assert isinstance(trainer, cgn_tf.ClassifierTrainer)
    assert (data.steps, data.steps_per_epoch) == (5, 43)
    history = trainer.fit(data, callbacks=[cgn_tf.callbacks.Checkpointer(tmp_path / "saved")], verbose=0)
    assert np.isfinite(history.history["accuracy"]).all()
    other, _ = cgn_tf.experiment(file, epochs=0.1).build()
    assert cgn_tf.callbacks.restore(other, tmp_path / "saved") == other.steps_done == 5
    for one, same in zip(trainer.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_weights_that_are_missing() -> None:
    experiment = cgn_tf.experiment("imagenet_tiny", masker_weights="nowhere.pth")
    with pytest.raises(CommandError, match=r"weights are missing: .*nowhere\.pth"):
        experiment.build()
