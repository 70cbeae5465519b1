"""Imports go down only: a room uses the rooms below it, and the networks never import TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "cgn_tf"

BASE = {"types", "errors", "durable", "config", "version"}
NETWORKS = BASE | {"ops", "layers", "models"}
ON_MODELS = NETWORKS | {"checkpoints"}
BELOW_BUILD = ON_MODELS | {"weights", "losses", "training", "data", "evaluation", "explain", "serving", "render"}

# What each room may import, besides itself.
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(BASE, BASE),
    "ops": BASE,
    "layers": BASE | {"ops"},
    "models": BASE | {"ops", "layers"},
    "losses": NETWORKS,
    "weights": NETWORKS,
    "checkpoints": NETWORKS | {"weights"},
    "data": ON_MODELS,
    "evaluation": ON_MODELS | {"data", "render"},
    "explain": ON_MODELS | {"data", "render"},
    "serving": ON_MODELS,
    "render": ON_MODELS,
    "training": ON_MODELS | {"weights", "losses", "data", "render"},
    "build": BELOW_BUILD,
    "cli": BELOW_BUILD | {"build"},
    "tools": {"cli"},
    # The front of the package: `cgn_tf.load` and the types it returns.
    "__init__": ON_MODELS,
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
    assert {"types", "ops", "layers", "models", "losses", "weights", "training", "cli", "tools"} <= rooms


@pytest.mark.parametrize(
    ("room", "source", "expected"),
    [
        ("ops", "from cgn_tf.models.cgn import CGN", ["ops imports cgn_tf.models.cgn"]),
        ("render", "import cgn_tf.training.loop", ["render imports cgn_tf.training.loop"]),
        ("data", "from cgn_tf import training", ["data imports cgn_tf.training"]),
        ("losses", "def f():\n    from cgn_tf.build import build", ["losses imports cgn_tf.build"]),
        ("training", "from cgn_tf.cli.app import run_command", ["training imports cgn_tf.cli.app"]),
        ("tools", "from cgn_tf.build import build", ["tools imports cgn_tf.build"]),
        ("models", "from .. import ops", ["models imports ..: relative; write the full name"]),
        (
            "layers",
            "import tensorflow as tf",
            ["layers imports tensorflow: it has to run under every Keras backend"],
        ),
        ("misc", "", ["misc: a room that the layering does not know; give it a place in ALLOWED"]),
        ("models", "import keras\nfrom cgn_tf.ops.compose import compose\nfrom cgn_tf.models import cgn", []),
        ("training", "import tensorflow as tf\nfrom cgn_tf.losses.terms import Terms", []),
        ("cli", "from cgn_tf.build import build\nfrom cgn_tf.training.loop import train", []),
    ],
)
def test_the_checker_itself(room: str, source: str, expected: list[str]) -> None:
    assert violations(room, source) == expected


def test_the_layers_have_no_cycle() -> None:
    stacked: set[str] = set(BASE)
    remaining = {room: needs - {room} for room, needs in ALLOWED.items() if room not in BASE}
    while remaining:
        ready = {room for room, needs in remaining.items() if needs <= stacked}
        assert ready, f"these rooms import one another in a circle, or one that does not exist: {sorted(remaining)}"
        stacked |= ready
        for room in ready:
            del remaining[room]
