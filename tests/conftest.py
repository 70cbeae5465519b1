"""What all tests share: quiet TensorFlow, the place of the reference material, and small models on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cgn_tf.models.folding import for_inference

# Before any test imports TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Servers that tests start are on this machine, where a proxy would not look.
os.environ["no_proxy"] = "127.0.0.1"

import pytest

if TYPE_CHECKING:  # only where a test asks for a model is TensorFlow imported
    import keras

    from cgn_tf.models.cgn import CGN
    from tests.serving.running import Running

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout with MNIST, textures, weights and golden values; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the reference material in {SHARED}, which is not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def small_imagenet_model() -> CGN:
    """The CGN of BigGAN-deep at 128 pixels and width 4, and of U²-NetP, with seeded weights; not to be changed."""
    from cgn_tf.models.imagenet_cgn import imagenet_cgn
    from cgn_tf.weights.torch_u2net import u2net_from_state
    from tests.goldens.recipe import u2net_state
    from tests.goldens.seeded_biggan import seeded_biggan

    return imagenet_cgn(seeded_biggan(4, 128), u2net_from_state(u2net_state("u2netp"), "the recipe"))


@pytest.fixture(scope="session")
def small_imagenet_cgn(small_imagenet_model: CGN, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of its checkpoint of step 3; not to be changed."""
    from cgn_tf import checkpoints
    from cgn_tf.models.cgn import constructor
    from cgn_tf.weights.assignment import named_variables

    arrays = {name: variable.numpy() for name, variable in named_variables(small_imagenet_model.variables).items()}
    directory = tmp_path_factory.mktemp("small_imagenet") / "cgn"
    described = constructor(small_imagenet_model)
    return checkpoints.save(directory, 3, {"model": arrays}, model=described, config=None, keep=1).parent


@pytest.fixture(scope="session")
def small_imagenet_folded(small_imagenet_model: CGN) -> CGN:
    """The same, ready to generate: what it takes seconds to make, the commands make for themselves."""
    return for_inference(small_imagenet_model)


@pytest.fixture(scope="session")
def saved() -> Callable[[keras.Model, Path, int], Path]:
    """Saves a model as the checkpoint of a step; returns its folder."""
    from cgn_tf import checkpoints
    from cgn_tf.models.cgn import constructor
    from cgn_tf.weights.assignment import named_variables

    def save(model: keras.Model, directory: Path, step: int) -> Path:
        groups = {"model": {name: variable.numpy() for name, variable in named_variables(model.variables).items()}}
        return checkpoints.save(directory, step, groups, model=constructor(model), config=None, keep=1)

    return save


@pytest.fixture(scope="session")
def untrained(saved: Callable[[keras.Model, Path, int], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a digit CGN as it starts, at step 12; not to be changed."""
    import keras

    from cgn_tf.models.digit_cgn import digit_cgn

    keras.utils.set_random_seed(0)
    cgn = digit_cgn(init="normal", gain=0.1)  # large enough a start for images that are not grey
    cgn.build()
    return saved(cgn, tmp_path_factory.mktemp("untrained") / "cgn", 12).parent


@pytest.fixture(scope="session")
def served_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Exported models for a server to serve: name → directory of the versions; not to be changed.

    The processes of one run of the tests share them: whoever needs them first makes them, and others wait.
    """
    from cgn_tf.files.lock import Lock
    from tests.serving.models import MODELS, write_models

    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "served"
    with Lock.wait_for(root.with_suffix(".lock")):
        if not root.exists():
            making = root.with_suffix(".partial")
            write_models(making)
            making.rename(root)
    return {name: root / name for name in MODELS}


@pytest.fixture(scope="session")
def grpc_server(served_models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A process that serves them in TF Serving's gRPC protocol."""
    from tests.serving.running import running

    with running("grpc", served_models, tmp_path_factory.mktemp("control") / "grpc") as server:
        yield server


@pytest.fixture(scope="session")
def http_server(served_models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A process that serves them in TF Serving's REST protocol."""
    from tests.serving.running import running

    with running("http", served_models, tmp_path_factory.mktemp("control") / "http") as server:
        yield server
