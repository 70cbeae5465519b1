"""The real builders of TFDS, on small files made here instead of the downloads."""

from __future__ import annotations

import hashlib
import socket
import struct
import types
import urllib.request

import numpy as np
import pytest
import tensorflow as tf
from absl import logging

from cgn_tf.datasets import tfds_source
from cgn_tf.datasets.digits import sources as digits_module
from cgn_tf.datasets.digits.sources import load_digits
from cgn_tf.datasets.digits.textures import DTD_BACKGROUND, DTD_FOREGROUND, load_textures
from cgn_tf.datasets.tfds_source import prepared_builder
from cgn_tf.errors import CommandError
from cgn_tf.ops.resize import resize_nearest

# TFDS and what it imports warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def tfds(monkeypatch):
    module = pytest.importorskip("tensorflow_datasets")
    monkeypatch.setattr(tfds_source, "_answers", lambda url: True)
    monkeypatch.setattr(module.core.utils.gcs_utils, "gcs_dataset_info_files", lambda *_: None)
    return module


def no_downloads(monkeypatch, tfds, files):
    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", lambda self, urls: files)


@pytest.fixture
def small_mnist(monkeypatch, tmp_path, tfds):
    """TFDS's mnist of 60 and 20 random images; the arrays in their own order."""
    from tensorflow_datasets.image_classification import mnist

    generator = np.random.default_rng(0)
    arrays, files = {}, {}
    for split, count in (("train", 60), ("test", 20)):
        images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = generator.integers(0, 10, count).astype(np.uint8)
        (tmp_path / f"{split}_images").write_bytes(struct.pack(">4i", 2051, count, 28, 28) + images.tobytes())
        (tmp_path / f"{split}_labels").write_bytes(struct.pack(">2i", 2049, count) + labels.tobytes())
        files[f"{split}_data"], files[f"{split}_labels"] = tmp_path / f"{split}_images", tmp_path / f"{split}_labels"
        arrays[split] = images, labels
    monkeypatch.setattr(mnist, "_TRAIN_EXAMPLES", 60)
    monkeypatch.setattr(mnist, "_TEST_EXAMPLES", 20)
    no_downloads(monkeypatch, tfds, files)
    sums = {split: hashlib.sha256(labels.tobytes()).hexdigest() for split, (_, labels) in arrays.items()}
    monkeypatch.setattr(digits_module, "_MNIST_LABELS", sums)
    return arrays


def test_mnist_comes_in_its_own_order(small_mnist, tmp_path):
    data_dir = str(tmp_path / "tfds")
    for split, stored, part in (
        ("train", "train", slice(0, 50)),
        ("test", "train", slice(50, 60)),
        ("official_test", "test", slice(0, 20)),
    ):
        images, labels = load_digits("tfds", split, data_dir)
        np.testing.assert_array_equal(images, resize_nearest(small_mnist[stored][0][part], 32))
        np.testing.assert_array_equal(labels, small_mnist[stored][1][part])


def test_mnist_in_another_order_is_refused(small_mnist, tmp_path, monkeypatch):
    monkeypatch.setattr(digits_module, "_MNIST_LABELS", {"train": "0" * 64})
    with pytest.raises(CommandError, match=r"TFDS's mnist \(train\) is not in the order"):
        load_digits("tfds", "train", str(tmp_path / "tfds"))


def test_dtd_gives_the_twenty_textures(monkeypatch, tmp_path, tfds):
    names = [*DTD_FOREGROUND, *DTD_BACKGROUND, "striped/striped_0002.jpg", "banded/banded_0002.jpg"]
    (tmp_path / "dtd" / "labels").mkdir(parents=True)
    for number, name in enumerate(names):
        path = tmp_path / "dtd" / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tf.io.encode_jpeg(np.full((30, 50, 3), 10 * number, np.uint8), quality=100).numpy())
    for offset, split in enumerate(("train1", "test1", "val1")):
        (tmp_path / "dtd" / "labels" / f"{split}.txt").write_text("\n".join(names[offset::3]) + "\n")
    no_downloads(monkeypatch, tfds, tmp_path)
    textures = load_textures("tfds", str(tmp_path / "tfds"))
    for label in range(10):
        assert np.unique(textures.foreground[label]).tolist() == [10 * label]
        assert np.unique(textures.background[label]).tolist() == [100 + 10 * label]


def test_offline_machine_is_told_at_once(monkeypatch, tmp_path):
    def no_network(*_args, **_kwargs):
        raise OSError("no network in tests")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    with pytest.raises(CommandError) as caught:
        load_digits("tfds", "train", str(tmp_path))
    message = str(caught.value)
    assert message == (
        "TFDS could not provide mnist: none of https://storage.googleapis.com can be reached. Without it: "
        "`digits=sklearn` needs no download, `digits=PATH.npz` reads a file."
    )
    with pytest.raises(CommandError, match="`textures=procedural` needs no download, `textures=DIRECTORY"):
        load_textures("tfds", str(tmp_path))


def test_failed_download_is_one_line(monkeypatch, tmp_path, tfds):
    def fails(self, urls):
        raise ConnectionError("checksum of the mirror\nand a long story")

    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", fails)
    with pytest.raises(CommandError, match="TFDS could not provide mnist: checksum of the mirror") as caught:
        load_digits("tfds", "train", str(tmp_path))
    assert "\n" not in str(caught.value)


def test_folders_without_data_are_not_told(tmp_path, tfds, monkeypatch, capfd, caplog, recwarn):
    monkeypatch.setattr(tfds_source, "_answers", lambda url: False)
    (tmp_path / "mnist" / "3.0.1").mkdir(parents=True)  # TFDS tells of it
    with pytest.raises(CommandError, match=r"^TFDS could not provide mnist: none of m can be reached\. Instead\.$"):
        prepared_builder("mnist:3.*.*", str(tmp_path), ["m"], "Instead.")
    assert "Variant folder" not in "".join(capfd.readouterr())
    assert "Variant folder" not in caplog.text
    assert not [one for one in recwarn if "TFDS:" in str(one.message)]


def test_what_tfds_logs_is_warned_of(monkeypatch, tmp_path, tfds, capfd):
    def builder(name, **options):
        logging.warning("%s, retrying in %s seconds...", "no answer", 3)
        logging.warning("Variant folder %s has no features.json", tmp_path)
        return types.SimpleNamespace(is_prepared=lambda: True, download_and_prepare=lambda: None)

    monkeypatch.setattr(tfds, "builder", builder)
    with pytest.warns(UserWarning, match=r"^TFDS: no answer, retrying in 3 seconds\.\.\.$") as told:
        assert prepared_builder("small_pets", None, [], "Instead.").is_prepared()
    assert len(told) == 1
    assert capfd.readouterr().err == ""


def test_any_status_counts_as_an_answer(monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise urllib.request.HTTPError("https://x", 403, "Forbidden", {}, None)

    monkeypatch.setattr(urllib.request, "urlopen", forbidden)
    assert tfds_source._answers("https://x")
