"""A folder of image files, with a folder for each class, as a data set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, MissingSplitError, SplitRequest
from cgn_tf.datasets.images.folder_listing import FolderListing, list_folder
from cgn_tf.datasets.images.name_split import SPLITS
from cgn_tf.datasets.images.options import ImageOptions, held_options
from cgn_tf.datasets.images.photographs import check_request, photographs
from cgn_tf.datasets.images.reading import Encoded, read_squares, without_head
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.files.contents import FileTree


def _open(options: ImageOptions, request: SplitRequest) -> StoredImages:
    check_request(request, "folder")
    listing = _listing(options)
    _check_split(options, request.split, listing)
    indices, place = listing.splits[request.split], str(listing.root)
    bad = _bad_besides(listing) if request.split == "train" else []
    decoded = read_squares(_encoded(listing, indices), len(indices), options, place, bad)
    return photographs(decoded, listing.labels[indices], request, listing.class_names, place)


def _check_split(options: ImageOptions, split: str, listing: FolderListing | None = None) -> None:
    listing = listing or _listing(options)
    if split not in listing.splits:
        raise MissingSplitError(
            f"{listing.root}: expected images for {split}, got none: of {len(listing.names)} images a "
            f"`{split}_share` of {getattr(options, f'{split}_share'):g} is none; add images, or raise the share."
        )


def _bad_besides(listing: FolderListing) -> list[str]:
    """What is wrong with files that are no training images, as far as that is told without decoding them."""
    strays = [f"{name} (beside the folders of the classes)" for name in listing.strays]
    others = np.setdiff1d(np.arange(len(listing.names)), listing.splits["train"])
    return strays + without_head(_encoded(listing, others))


def _encoded(listing: FolderListing, indices: np.ndarray) -> Iterator[Encoded]:
    for index in indices:
        yield Encoded(listing.names[index], (listing.root / listing.names[index]).read_bytes)


def _listing(options: ImageOptions) -> FolderListing:
    return list_folder(options.data_dir, options.validation_share, options.test_share)


def _info(options: ImageOptions) -> DatasetInfo:
    names = _listing(options).class_names
    return DatasetInfo(len(names), options.image_size, names)


def _files(options: ImageOptions) -> dict[str, FileTree]:
    listing = _listing(options)
    # `read_squares` refuses or skips what cannot be read, as `bad_images` says
    return {"data_dir": FileTree(listing.root, listing.names, all_readable=False)}


FOLDER = DatasetPart(
    name="folder",
    summary="the images of a directory with a folder for each class",
    options=ImageOptions,
    open=_open,
    info=_info,
    independent_factors=False,
    splits=SPLITS,
    licences=lambda options: ["Images of whoever trained it, from a directory: their terms are not known here."],
    files=_files,
    held=lambda options: held_options(_listing(options).given),
    check_split=_check_split,
)
