from __future__ import annotations

import pytest

from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.evaluation.suites import SUITES
from cgn_tf.options.command_line import parse
from cgn_tf.options.help_text import topic


@pytest.mark.parametrize("name", list(SUITES))
def test_a_suite_without_anything_says_what_it_needs(name: str) -> None:
    part = SUITES[name]
    assert part.summary.endswith((".", "?"))
    part.options()  # all options have defaults
    with pytest.raises(ConfigError, match="expected"):
        parse(EvaluateConfig, [f"--suite={name}", *(["--dataset=folder"] if name == "images" else [])])


@pytest.mark.parametrize("name", [part.name for part in SUITES.parts if not part.reads_data])
def test_data_that_nothing_reads_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="reads no data set"):
        parse(EvaluateConfig, [f"--suite={name}", "--dataset=wildlife_mnist"])


@pytest.mark.parametrize("name", [part.name for part in SUITES.parts if not part.reads_classifier])
def test_a_classifier_that_nothing_reads_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"`suite={name}` reads none|--suite={name} reads none"):
        parse(EvaluateConfig, [f"--suite={name}", "--classifier=squeezenet"])


def test_help_of_an_option_of_several_suites_tells_them_apart() -> None:
    told = topic(EvaluateConfig, "model")
    assert told.splitlines()[:2] == ["Suite masks: does a digit CGN do what its labels say?", "  --model="]
    assert "of a CGN, a GAN or a BigGAN. Required." in told.partition("Suite generator: ")[2]
    assert not topic(EvaluateConfig, "resize").startswith("Suite")
