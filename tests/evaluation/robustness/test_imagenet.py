from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.classifiers.contract import Classifier
from cgn_tf.datasets.class_names import load_class_names
from cgn_tf.errors import CommandError, ConfigError
from cgn_tf.evaluation.config import EvaluateConfig, evaluate
from cgn_tf.evaluation.resumable import resumable_report
from cgn_tf.evaluation.robustness.file_logits import FileLogits
from cgn_tf.evaluation.robustness.imagenet_report import ImagenetReport
from cgn_tf.evaluation.robustness.imagenet_sets import ImagenetSet, expanded, folder_set, tfds_set
from cgn_tf.evaluation.robustness.imagenet_suite import ImagenetOptions, judge_on_imagenet
from cgn_tf.evaluation.robustness.topk import rank_of_truth
from cgn_tf.options.command_line import parse
from tests.evaluation.robustness.fakes import constant, reads_channel, write_levels

# TFDS and what it imports warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("default")
IDS = load_class_names(1000).ids


def judged(output: Path, classifier: Classifier, *sets: ImagenetSet) -> ImagenetReport:
    with resumable_report(output, {}) as computed:
        return judge_on_imagenet(classifier, "probabilities", sets, FileLogits(classifier, computed, 4))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes a data set of TFDS in two files; image i has the red of class `shown[i]`; returns TFDS's directory."""
    tfds = pytest.importorskip("tensorflow_datasets")

    def written(name: str, labels: list[int], shown: list[int], split: str = "test", names: list[str] = IDS) -> str:
        label = tfds.features.ClassLabel(names=names)
        features = tfds.features.FeaturesDict({"image": tfds.features.Image(shape=(None, None, 3)), "label": label})
        place = tmp_path / "tfds" / name / "1.0.0"
        place.mkdir(parents=True)
        halves = [range(len(labels) // 2), range(len(labels) // 2, len(labels))]
        base = name.partition("/")[0]
        for shard, indices in enumerate(halves):
            with tf.io.TFRecordWriter(str(place / f"{base}-{split}.tfrecord-0000{shard}-of-00002")) as writer:
                for i in indices:
                    picture = np.full((9, 12, 3), (10 * shown[i], 0, 0), np.uint8)
                    example = {"image": picture, "label": labels[i]}
                    writer.write(features.serialize_example(features.encode_example(example)))
        tfds.folder_dataset.write_metadata(
            data_dir=str(place),
            features=features,
            split_infos=[tfds.core.SplitInfo(name=split, shard_lengths=list(map(len, halves)), num_bytes=1)],
            version="1.0.0",
            check_data=False,
        )
        return str(tmp_path / "tfds")

    return written


def test_ranks() -> None:
    scores = np.array([[0.1, 0.5, 0.4, 0.5], [3.0, 1.0, 2.0, 0.0]])
    assert rank_of_truth(scores, np.array([3, 1])).tolist() == [1, 2]  # of equals the smaller index is ahead
    assert rank_of_truth(scores, np.array([1, 0])).tolist() == [0, 0]
    assert rank_of_truth(scores, np.array([3, 1]), np.array([1, 3])).tolist() == [1, 0]


def test_a_data_set_of_tfds(write: Callable[..., str], tmp_path: Path) -> None:
    labels, shown = [0, 1, 2, 3, 4, 5, 6, 20, 8], [0, 1, 2, 3, 9, 8, 7, 1, 1]
    source = tfds_set("small_variant", write("small_variant", labels, shown))
    assert source.labels.tolist() == labels
    assert not source.restricted
    report = judged(tmp_path / "out", reads_channel(0, 1000), source)
    result = report.sets["small_variant"]
    # scores fall with the distance from what is shown: 4 is sixth beside 9, 5 sixth beside 8, 6 second or third to 7
    assert result.correct("fake", 1).tolist() == [True] * 4 + [False] * 5
    expected = [
        rank_of_truth(-((np.arange(1000.0)[None] - s) ** 2), np.array([t]))[0]
        for s, t in zip(shown, labels, strict=True)
    ]
    assert result.ranks["fake"].tolist() == expected
    assert int(result.correct("fake", 5).sum()) == 5
    assert "| small_variant | fake | 9 | 9 | 44.44 (" in report.as_markdown({})


def test_sets_of_200_classes_are_decided_among_these(write: Callable[..., str], tmp_path: Path) -> None:
    # what is shown lies between the classes that occur: 4 is nearest to 5 among 1, 5 and 9
    labels, shown = [1, 5, 9, 5], [2, 4, 8, 7]
    source = tfds_set("imagenet_r:1.0.0", write("imagenet_r", labels, shown))
    assert source.restricted
    result = judged(tmp_path / "out", reads_channel(0, 1000), source).sets["imagenet_r:1.0.0"]
    assert result.correct("fake", 1).tolist() == [True] * 4
    everywhere = judged(tmp_path / "all", reads_channel(0, 1000), source._replace(restricted=False))
    assert not everywhere.sets["imagenet_r:1.0.0"].correct("fake", 1).any()


def test_labels_in_another_order(write: Callable[..., str]) -> None:
    names = [IDS[7], IDS[3]]
    assert tfds_set("two_classes", write("two_classes", [0, 1, 1], [0, 0, 0], names=names)).labels.tolist() == [7, 3, 3]
    with pytest.raises(CommandError, match=r"expected labels named by the WordNet ids .*, got cat"):
        tfds_set("pets", write("pets", [0, 1], [0, 0], names=["cat", "dog"]))
    with pytest.raises(CommandError, match="expected a split validation or test, got train"):
        tfds_set("trained", write("trained", [0, 1], [0, 0], split="train"))


def test_corruptions_by_kind_and_severity(tmp_path: Path) -> None:
    names = expanded(["imagenet2012_corrupted"])
    assert len(names) == 75
    assert names[0] == "imagenet2012_corrupted/gaussian_noise_1"
    with pytest.raises(ConfigError, match="expected each set once, got imagenet2012_corrupted/fog_3 twice"):
        ImagenetOptions(imagenet_sets=("imagenet2012_corrupted", "imagenet2012_corrupted/fog_3"))
    for number in range(4):
        write_levels(tmp_path / "photos" / f"{IDS[number]}_x.png", number)
    photos = folder_set(tmp_path / "photos")
    wrong = photos._replace(labels=np.array([0, 1, 0, 0]))
    named = [("fog_1", photos), ("fog_2", wrong), ("jpeg_compression_5", wrong)]
    sets = [one._replace(name=f"imagenet2012_corrupted/{name}") for name, one in named]
    report = judged(tmp_path / "out", reads_channel(0, 1000), *sets)
    assert report.corrupted_mean("fake") == pytest.approx(2 / 3)
    text = report.as_markdown({})
    assert "fake: 66.67 on average" in text
    assert "| fog | 100.0 | 50.0 | – | – | – | 75.0 |" in text
    assert "| jpeg_compression | – | – | – | – | 50.0 | 50.0 |" in text
    assert [name for _, name, _ in report.plots()] == ["corruptions.png"]


def test_folders_of_photographs(tmp_path: Path) -> None:
    write_levels(tmp_path / "a" / f"{IDS[4]}_b.png", 0)
    write_levels(tmp_path / f"{IDS[9]} birds" / "deeper" / "x.png", 0)
    found = folder_set(tmp_path)
    assert sorted(found.labels.tolist()) == [4, 9]
    write_levels(tmp_path / "a" / "n99999999_b.png", 0)
    with pytest.raises(
        CommandError, match=r"a/n99999999_b\.png: expected WordNet ids .*, got n99999999, which is none"
    ):
        folder_set(tmp_path)
    (tmp_path / "a" / "n99999999_b.png").unlink()
    write_levels(tmp_path / "a" / "x.png", 0)
    with pytest.raises(CommandError, match=r"a/x\.png: expected a name, or a folder, that begins with a WordNet id"):
        folder_set(tmp_path)
    with pytest.raises(CommandError, match=r"expected a classifier of ImageNet's 1,000 classes .* with 10 outputs"):
        judged(tmp_path / "out", constant(0, 10), found)


@pytest.mark.slow
def test_efficientnet_lite0_on_the_photographs(shared: Path, tmp_path: Path) -> None:
    flags = [
        "--suite=imagenet", "--classifier=efficientnet_lite0", f"--images={shared / 'data' / 'imagenet_sample'}",
        f"--classifier_weights={shared / 'weights' / 'efficientnet-lite0-57934424.pth'}",
        f"--output_dir={tmp_path / 'report'}",
    ]  # fmt: skip
    evaluate(parse(EvaluateConfig, flags))
    found = json.loads((tmp_path / "report" / "report.json").read_text())["sets"]["images"]
    reader = found["readers"]["efficientnet_lite0"]
    assert (found["images"], reader["top1_correct"], reader["top5_correct"]) == (100, 89, 98)
