"""A folder of image files, with a folder for each class, as a data set."""

from __future__ import annotations

from cgn_tf.datasets.contract import DatasetInfo, DatasetPart, MissingSplitError, SplitRequest
from cgn_tf.datasets.images.folder_listing import FolderListing, list_folder
from cgn_tf.datasets.images.name_split import SPLITS
from cgn_tf.datasets.images.options import ImageOptions
from cgn_tf.datasets.images.photographs import check_request, photographs
from cgn_tf.datasets.images.reading import Encoded, read_squares
from cgn_tf.datasets.stored_images import StoredImages
from cgn_tf.files.contents import FileTree


def _open(options: ImageOptions, request: SplitRequest) -> StoredImages:
    check_request(request, "folder")
    listing = _listing(options)
    if request.split not in listing.splits:
        raise MissingSplitError(
            f"{listing.root}: expected images for {request.split}, got none: of {len(listing.names)} images a "
            f"`{request.split}_share` of {getattr(options, f'{request.split}_share'):g} is none; add images, or raise "
            "the share."
        )
    indices = listing.splits[request.split]
    names = (listing.names[index] for index in indices)
    encoded = (Encoded(name, (listing.root / name).read_bytes) for name in names)
    decoded = read_squares(encoded, len(indices), options, str(listing.root), listing.strays)
    return photographs(decoded, listing.labels[indices], request, listing.class_names, str(listing.root))


def _listing(options: ImageOptions) -> FolderListing:
    return list_folder(options.data_dir, options.validation_share, options.test_share)


def _info(options: ImageOptions) -> DatasetInfo:
    names = _listing(options).class_names
    return DatasetInfo(len(names), options.image_size, names)


def _files(options: ImageOptions) -> dict[str, FileTree]:
    listing = _listing(options)
    return {"data_dir": FileTree(listing.root, listing.names)}


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
)
