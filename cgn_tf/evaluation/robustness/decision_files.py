"""Decisions on stimuli as CSV, in the columns of the toolbox model-vs-human (Geirhos et al. 2021)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cgn_tf.errors import CommandError
from cgn_tf.evaluation.robustness.stimuli import Stimulus
from cgn_tf.files.atomic import write_atomically

COLUMNS = ("subj", "session", "trial", "rt", "object_response", "category", "condition", "imagename")
_READ = ("subj", "object_response", "imagename")


def write_decisions(path: Path, stimuli: Sequence[Stimulus], decided: Mapping[str, Sequence[str]]) -> None:
    """Writes the decisions of one or several observers.

    Args:
        path: of the file.
        stimuli: N of them.
        decided: name of an observer → its N decisions.

    Raises:
        CommandError: the disk refuses.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for observer, categories in decided.items():
        for trial, (stimulus, category) in enumerate(zip(stimuli, categories, strict=True), start=1):
            name = Path(stimulus.name).name
            writer.writerow([observer, 1, trial, "NaN", category, stimulus.shape, 0, name])
    try:
        write_atomically(path, text.getvalue().encode())
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}); choose another `output_dir`.") from error


def read_decisions(path: Path, keys: Collection[str]) -> dict[str, dict[str, str]]:
    """The decisions of the observers of a file on some stimuli.

    Args:
        path: a CSV of this program or of model-vs-human, whose names of images may have something in front of
            `shapeN-textureM`: `0001_s5n_dnn_0_airplane_00_airplane1-bicycle2.png`.
        keys: the stimuli, `shapeN-textureM`; rows on others are passed over.

    Returns:
        Observer → key → category.

    Raises:
        CommandError: the file cannot be read, lacks a column, is on none of the stimuli, or has an observer who decides
            twice on one, differently.
    """
    found: dict[str, dict[str, str]] = {}
    for line, row in enumerate(_rows(path), start=2):
        key = _key(row["imagename"], keys)
        if key is None:
            continue
        own, response = found.setdefault(row["subj"], {}), row["object_response"]
        if own.setdefault(key, response) != response:
            raise CommandError(
                f"`decisions`: {path}, line {line}: expected one decision of {row['subj']} on {key}, got {own[key]} "
                f"and {response}."
            )
    if not found:
        raise CommandError(f"`decisions`: {path}: expected decisions on these stimuli, got none on any.")
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            names = {name.strip().lower(): name for name in reader.fieldnames or ()}
            missing = [name for name in _READ if name not in names]
            if missing:
                raise CommandError(
                    f"`decisions`: {path}: expected a CSV with the columns {', '.join(_READ)}, got none of "
                    f"{', '.join(missing)}."
                )
            return [{name: (row[names[name]] or "").strip() for name in _READ} for row in reader]
    except OSError as error:
        raise CommandError(f"`decisions`: {path} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"`decisions`: {path}: expected a CSV in UTF-8, got something else ({error}).") from error


def _key(name: str, keys: Collection[str]) -> str | None:
    """The stimulus of an image's name, whatever stands in front of it; None: it is none of them."""
    parts = Path(name).stem.split("_")
    ends = ("_".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in keys), None)
