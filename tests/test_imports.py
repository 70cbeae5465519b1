"""Imports go down only: a room uses the rooms below it, and the networks never import TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "cgn_tf"

# The rooms from the bottom up: a room may import itself and all rooms on lower floors, but none beside it.
FLOORS: list[set[str]] = [
    {"types"},
    {"errors"},
    {"options"},
    {"files"},
    {"keras_settings"},
    {"random_streams"},
    {"ops", "metrics"},
    {"layers"},
    {"models"},
    {"weights", "losses"},
    {"checkpoints"},
    {"render"},
    {"classifiers"},
    {"datasets"},
    {"segmentation"},
    {"generation", "evaluation", "challenge"},
    {"explain"},
    {"serving"},
    {"benchmark"},
    {"training"},
    {"callbacks"},
    {"assembly"},
    {"experiments", "app"},
    {"cli"},
]

# What each room may import, besides itself.
ALLOWED: dict[str, set[str]] = {
    room: {lower for below in FLOORS[:number] for lower in below}
    for number, floor in enumerate(FLOORS)
    for room in floor
} | {
    # The front of the package: the public names and the types of what they return.
    "__init__": {"types", "models", "checkpoints", "training", "callbacks", "assembly", "render", "metrics"},
    "__main__": {"cli"},
    "tools": {"cli"},
}
BACKEND_FREE = {"ops", "layers", "models", "losses"}
BACKENDS = {"tensorflow", "tensorflow_datasets", "tensorflow_hub", "tf_keras", "torch", "jax"}


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Dotted names of everything that `tree` imports, at the top or inside functions; relative ones start with "."."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.ImportFrom):
            # `from cgn_tf import checkpoints` imports a room as well as `import cgn_tf.checkpoints` does.
            in_front = node.module == PACKAGE
            yield from (f"{PACKAGE}.{alias.name}" if in_front else str(node.module) for alias in node.names)


def without_own_way(tree: ast.Module) -> ast.Module:
    """`tree` without the TensorFlow branch of an operation that has one for each backend."""
    guard = "keras.backend.backend() == 'tensorflow'"
    return ast.Module(
        [
            part
            for node in tree.body
            for part in (node.orelse if isinstance(node, ast.If) and ast.unparse(node.test) == guard else [node])
        ],
        tree.type_ignores,
    )


def violations(room: str, source: str) -> list[str]:
    """The imports in `source`, a file of `room`, that point upwards or sideways."""
    if room not in ALLOWED:
        return [f"{room}: a room that the layering does not know; give it a place in ALLOWED"]
    found = []
    tree = ast.parse(source)
    for module in dict.fromkeys(imported_modules(without_own_way(tree) if room == "ops" else tree)):
        top, _, rest = module.partition(".")
        target = rest.split(".")[0]
        if not top:
            found.append(f"{room} imports {module}: relative; write the full name")
        elif top == PACKAGE and target != room and target not in ALLOWED[room]:
            found.append(f"{room} imports {module}")
        elif top in BACKENDS and room in BACKEND_FREE:
            found.append(f"{room} imports {module}: it has to run under every Keras backend")
    return found


def room_of(path: Path) -> str:
    """The room of a file: its folder in the package, its own name at the top of it, or "tools"."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts[0] != PACKAGE else parts[1]


FILES = sorted((ROOT / PACKAGE).rglob("*.py")) + sorted((ROOT / "tools").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    assert violations(room_of(path), path.read_text(encoding="utf-8")) == []


def test_files_were_found() -> None:
    rooms = {room_of(path) for path in FILES}
    assert set(ALLOWED) - rooms <= {"explain", "app"}


@pytest.mark.parametrize(
    ("room", "source", "expected"),
    [
        ("ops", "from cgn_tf.models.cgn import CGN", ["ops imports cgn_tf.models.cgn"]),
        ("render", "import cgn_tf.training.loop", ["render imports cgn_tf.training.loop"]),
        ("datasets", "from cgn_tf import training", ["datasets imports cgn_tf.training"]),
        ("render", "from cgn_tf.datasets import latent", ["render imports cgn_tf.datasets"]),
        ("losses", "def f():\n    from cgn_tf.assembly import build", ["losses imports cgn_tf.assembly"]),
        ("losses", "from cgn_tf import weights", ["losses imports cgn_tf.weights"]),
        ("training", "from cgn_tf.cli.app import run_command", ["training imports cgn_tf.cli.app"]),
        ("tools", "from cgn_tf.assembly import build", ["tools imports cgn_tf.assembly"]),
        ("models", "from .. import ops", ["models imports ..: relative; write the full name"]),
        (
            "layers",
            "import tensorflow as tf",
            ["layers imports tensorflow: it has to run under every Keras backend"],
        ),
        ("misc", "", ["misc: a room that the layering does not know; give it a place in ALLOWED"]),
        ("models", "import keras\nfrom cgn_tf.ops.compose import compose\nfrom cgn_tf.models import cgn", []),
        ("training", "import tensorflow as tf\nfrom cgn_tf.losses.terms import Terms", []),
        ("cli", "from cgn_tf.assembly import build\nfrom cgn_tf.training.loop import train", []),
    ],
)
def test_the_checker_itself(room: str, source: str, expected: list[str]) -> None:
    assert violations(room, source) == expected


def test_every_room_is_on_one_floor() -> None:
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))
    assert {"types", "cli"} <= set(rooms)
