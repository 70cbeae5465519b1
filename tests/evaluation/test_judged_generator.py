from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.judged_generator import JudgedGenerator, load_generator
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.types import Triplet
from tests.flat_cgn import flat_cgn
from tests.goldens.seeded_biggan import seeded_biggan


@pytest.fixture(scope="module")
def digits() -> JudgedGenerator:
    keras.utils.set_random_seed(0)
    cgn = digit_cgn(init="normal", gain=0.1)
    cgn.build()
    return JudgedGenerator(cgn, seed=3, counterfactual=True)


def test_an_image_does_not_depend_on_its_batch(digits: JudgedGenerator) -> None:
    together, later = digits.draw(0, 9), digits.draw(7, 9)
    for whole, part in zip(together, later, strict=True):
        assert np.abs(whole[7:].astype(int) - part).max() <= 1  # a convolution rounds by the batch
    for whole, part in zip(digits.labels(0, 9), digits.labels(7, 9), strict=True):
        np.testing.assert_array_equal(whole[7:], part)
    assert len(np.unique(together.image.reshape(9, -1), axis=0)) == 9


def test_labels(digits: JudgedGenerator) -> None:
    shape, texture, background = digits.labels(0, 1_000)
    np.testing.assert_array_equal(shape, np.arange(1_000) % 10)
    # independent labels agree in a tenth of the images
    assert 0.06 < (shape == texture).mean() < 0.14
    assert 0.06 < (texture == background).mean() < 0.14
    same = JudgedGenerator(flat_cgn(), seed=3).labels(0, 20)
    np.testing.assert_array_equal(same.shape, same.background)


def test_a_changed_label_changes_its_own_factor(digits: JudgedGenerator) -> None:
    labels = digits.labels(0, 4)
    own = digits.draw(0, 4)
    other = digits.draw(0, 4, labels._replace(texture=(labels.texture + 1) % 10))
    np.testing.assert_array_equal(own.mask, other.mask)
    np.testing.assert_array_equal(own.background, other.background)
    assert (own.foreground != other.foreground).any()


def test_truncation_reaches_a_cgn_of_biggan() -> None:
    drawn = JudgedGenerator(flat_cgn(), seed=0, truncation=0.6).draw(0, 10)
    # blue is the truncation, [-1, 1] → 0..255
    assert drawn.foreground is not None
    assert set(drawn.foreground[..., 2].ravel().tolist()) == {204}
    with pytest.raises(CommandError, match=r"`truncation`: expected at most 1 for a BigGAN, got 1\.5"):
        JudgedGenerator(flat_cgn(), seed=0, truncation=1.5)


def test_whole_images() -> None:
    gan = digit_cgn(masker="full")
    gan.build()
    generator = JudgedGenerator(gan, seed=0, counterfactual=True)
    assert not generator.has_parts
    np.testing.assert_array_equal(*generator.labels(0, 30)[:2])
    drawn = generator.draw(0, 3)
    assert drawn.image.shape == (3, 32, 32, 3)
    assert drawn[1:] == (None, None, None)


@pytest.mark.slow
def test_a_biggan_by_itself() -> None:
    biggan = seeded_biggan(4, 128)
    generator = JudgedGenerator(biggan, seed=0, truncation=0.5)
    drawn = generator.draw(0, 2, Triplet.same(np.array([3, 7], np.int32)))
    assert drawn.image.shape == (2, 128, 128, 3)
    assert drawn.mask is None


def test_other_models_are_refused(tmp_path: Path, saved: object) -> None:
    from cgn_tf.models.networks.digit_classifier import DigitClassifier

    model = DigitClassifier(10, 32)
    model.build()
    saved(model, tmp_path, 1)  # type: ignore[operator]
    with pytest.raises(CommandError, match="expected a generator, a CGN or a BigGAN, got a DigitClassifier"):
        load_generator(str(tmp_path), None)
    with pytest.raises(CommandError, match="expected a generator"):
        JudgedGenerator(model, seed=0)
