"""What a directory of images may look like, and what is said of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cgn_tf.datasets.images.folder_listing import FolderListing, list_folder
from cgn_tf.errors import CommandError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def listed(root: Path, validation_share: float = 0.1, test_share: float = 0.1) -> FolderListing:
    return list_folder(str(root), validation_share, test_share)


def in_splits(listing: FolderListing) -> dict[str, list[str]]:
    return {split: [listing.names[index] for index in indices] for split, indices in listing.splits.items()}


def refused(root: Path, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        listed(root)


def test_a_folder_is_a_class_and_classes_are_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.jpg", "dog/0.jpg", "cat/2.PNG", "big cat/ü ö.webp", "日本/x", "Zebra/deep/er/a.jpg")
    found = listed(tmp_path)
    assert found.class_names == ("Zebra", "big cat", "cat", "dog", "日本")
    names = ("Zebra/deep/er/a.jpg", "big cat/ü ö.webp", "cat/2.PNG", "dog/0.jpg", "dog/1.jpg", "日本/x")
    assert found.names == names
    assert found.labels.tolist() == [0, 1, 2, 3, 3, 4]
    assert found.strays == ()


def test_one_class_is_allowed(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.jpg")
    assert in_splits(listed(tmp_path, 0.5, 0.5)) == {"train": ["cat/a.jpg"]}


def test_what_is_hidden_or_of_a_system_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, ".git/x", ".DS_Store", "__MACOSX/cat/a.jpg", "cat/.DS_Store", "cat/Thumbs.db", "cat/desktop.ini")
    touch(tmp_path, "cat/.thumbnails/a.jpg", "cat/a.jpg")
    found = listed(tmp_path)
    assert (found.names, found.class_names, found.strays) == (("cat/a.jpg",), ("cat",), ())


def test_files_beside_the_folders_belong_to_no_class(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/a.jpg", "train/b.jpg", "README.txt")
    assert listed(tmp_path).strays == ("README.txt", "train/b.jpg")


@pytest.mark.parametrize("validation", ["validation", "val"])
def test_folders_of_splits(tmp_path: Path, validation: str) -> None:
    touch(tmp_path, "train/cat/a.jpg", "train/dog/a.jpg", f"{validation}/dog/b.jpg", "test/cat/c.jpg", "test/dog/c.jpg")
    found = listed(tmp_path, 0.5, 0.5)
    assert found.class_names == ("cat", "dog")
    assert in_splits(found) == {
        "train": ["train/cat/a.jpg", "train/dog/a.jpg"],
        "validation": [f"{validation}/dog/b.jpg"],
        "test": ["test/cat/c.jpg", "test/dog/c.jpg"],
    }
    assert found.labels[found.splits["validation"]].tolist() == [1]
    assert found.labels[found.splits["test"]].tolist() == [0, 1]


def test_a_split_that_is_no_folder_is_taken_from_the_training_images(tmp_path: Path) -> None:
    touch(tmp_path, *(f"train/cat/{number}.jpg" for number in range(200)), "test/cat/t.jpg")
    found = in_splits(listed(tmp_path, 0.3, 0.5))
    assert found["test"] == ["test/cat/t.jpg"]
    assert 40 <= len(found["validation"]) <= 80
    assert len(found["train"]) + len(found["validation"]) == 200
    assert not set(found["train"]) & set(found["validation"])


def test_a_class_called_train_beside_others_is_a_class(tmp_path: Path) -> None:
    touch(tmp_path, "bus/a.jpg", "train/a.jpg")
    assert listed(tmp_path).class_names == ("bus", "train")
    touch(tmp_path / "two", "val/a.jpg", "test/a.jpg")
    assert listed(tmp_path / "two").class_names == ("test", "val")


def test_capitals_do_not_count_in_the_names_of_splits(tmp_path: Path) -> None:
    touch(tmp_path, "Train/cat/a.jpg", "TEST/cat/b.jpg", "Val/cat/c.jpg", "TEST/notes.txt")
    found = listed(tmp_path, 0.5, 0.5)
    assert found.class_names == ("cat",)
    assert found.strays == ("TEST/notes.txt",)
    assert in_splits(found) == {
        "train": ["Train/cat/a.jpg"],
        "validation": ["Val/cat/c.jpg"],
        "test": ["TEST/cat/b.jpg"],
    }
    touch(tmp_path, "Val/dog/d.jpg")
    refused(tmp_path, f"{tmp_path}/Val: expected the classes of {tmp_path}/Train, got dog besides; give")


@pytest.mark.parametrize("splits", [("train", "test"), ("Train", "Validation"), ("train", "val", "test")])
def test_splits_beside_other_folders_are_refused(tmp_path: Path, splits: tuple[str, ...]) -> None:
    touch(tmp_path, *(f"{name}/cat/a.jpg" for name in (*splits, "unlabeled", "more")))
    refused(
        tmp_path,
        rf"{tmp_path}: expected folders of classes, or folders train, validation \(or val\) and test alone, got "
        f"{', '.join(sorted(splits))} beside more, unlabeled; take more, unlabeled out, or rename the folders of "
        "splits if they are classes",
    )


def test_links_to_folders_are_followed_and_those_that_lead_back_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.jpg", "data/dog/b.jpg")
    (tmp_path / "data" / "cat").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "dog" / "again").symlink_to(tmp_path / "data" / "dog")
    assert listed(tmp_path / "data").names == ("cat/a.jpg", "dog/b.jpg")


def test_links_that_lead_nowhere_are_files(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.jpg")
    for name in ("cat/round.jpg", "dog"):
        (tmp_path / name).symlink_to(Path(name).name)
    (tmp_path / "cat" / "nowhere.jpg").symlink_to("nowhere")
    found = listed(tmp_path)
    assert found.names == ("cat/a.jpg", "cat/nowhere.jpg", "cat/round.jpg")
    assert found.strays == ("dog",)


def test_both_names_of_the_validation_split_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/a.jpg", "val/cat/a.jpg", "validation/cat/a.jpg")
    refused(tmp_path, "expected a folder validation or val, got both; join them")
    touch(tmp_path / "two", "train/cat/a.jpg", "Train/cat/a.jpg")
    refused(tmp_path / "two", "expected a folder train or Train, got both; join them")


def test_classes_without_training_images_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/a.jpg", "test/dog/a.jpg", "test/cat/a.jpg")
    refused(tmp_path, f"{tmp_path}/test: expected the classes of {tmp_path}/train, got dog besides; give them training")


def test_no_directory_is_named() -> None:
    with pytest.raises(CommandError, match=r"^`data_dir`: expected a folder of images .*, got no directory;"):
        list_folder("", 0.1, 0.1)


def test_malformed_directories_are_refused_in_a_sentence(tmp_path: Path) -> None:
    touch(tmp_path, "flat/a.jpg", "flat/b.jpg", "half/cat/a.jpg", "file")
    (tmp_path / "half" / "dog").mkdir()
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "none", "none: expected a folder of images for each class, and there is no such directory; give")
    refused(tmp_path / "file", "file: expected a directory, got a file; an archive is to be unpacked, and a single")
    refused(tmp_path / "empty", "empty: expected a folder of images for each class, got an empty directory; make one")
    refused(tmp_path / "flat", r"flat: expected a folder of .*, got files alone \(a.jpg, b.jpg\); make one")
    refused(tmp_path / "half", "half/dog: expected images of a class, got no file; add some, or remove it")


def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "cat/a.jpg", "dog/a.jpg")
    scan = os.scandir

    def forbidding(place: Path) -> object:
        if Path(place).name == "dog":
            raise PermissionError(13, "Permission denied")
        return scan(place)

    monkeypatch.setattr(os, "scandir", forbidding)
    refused(tmp_path, r"dog: cannot be read \(Permission denied\); change its permissions")


def test_names_that_look_alike_or_are_no_utf8_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "alike/B\u00e4r/a.jpg", "alike/Ba\u0308r/a.jpg")
    refused(tmp_path / "alike", "expected different names of classes, got two that look alike; rename one")
    os.makedirs(os.fsencode(tmp_path) + b"/bytes/caf\xe9")
    touch(tmp_path, "bytes/caf\udce9/a.jpg")
    refused(tmp_path / "bytes", r"expected folders with names in UTF-8, got 'caf\\udce9'; rename it")
