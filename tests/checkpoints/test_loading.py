from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cgn_tf import checkpoints
from cgn_tf.checkpoints import CheckpointError
from cgn_tf.checkpoints.loading import rebuild
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.weights.assignment import named_variables


@keras.saving.register_keras_serializable("cgn_tf")
class Toy(keras.Model):
    """One dense layer, and a `from_config` that takes its argument apart, as many do."""

    def __init__(self, units: int, initializer: Any = "ones", **kwargs: Any) -> None:
        super().__init__(**{"name": "toy", **kwargs})
        self.units = units
        self.initializer = keras.initializers.get(initializer)
        self.dense = keras.layers.Dense(units, kernel_initializer=self.initializer, name="dense")

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def build(self, input_shape: Any = None) -> None:
        self.dense.build((None, 2))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, "initializer": keras.initializers.serialize(self.initializer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Toy:
        return cls(config.pop("units"), config.pop("initializer", "ones"), **config)


@keras.saving.register_keras_serializable("cgn_tf")
class ToyLayer(keras.layers.Layer):
    pass


@keras.saving.register_keras_serializable("elsewhere")
class Guest(Toy):
    pass


@keras.saving.register_keras_serializable("elsewhere")
class Stranger:
    def __init__(self, units: int) -> None:
        raise AssertionError("nothing that is not a layer is made")

    def get_config(self) -> dict[str, Any]:
        return {}


TOY = keras.saving.serialize_keras_object(Toy(3, keras.initializers.RandomNormal(0.0, 0.1)))


def toy_state(scale: float) -> dict[str, np.ndarray]:
    kernel = scale * np.arange(6, dtype=np.float32).reshape(2, 3)
    return {"toy/dense/kernel": kernel, "toy/dense/bias": np.float32([scale, 0, 0])}


def save_toy(directory: Path, step: int = 1, **groups: dict[str, np.ndarray]) -> Path:
    return checkpoints.save(directory, step, groups or {"model": toy_state(1.0)}, model=TOY, config=None, keep=5)


@pytest.mark.parametrize("folder", ["", "checkpoints"])
def test_a_converted_checkpoint_and_a_work_directory_load(tmp_path: Path, folder: str) -> None:
    save_toy(tmp_path / folder, 1, model=toy_state(2.0))
    save_toy(tmp_path / folder, 2, model=toy_state(1.0), training={"adam/iteration": np.array(5)})
    model = checkpoints.load(tmp_path)
    assert (type(model), model.units, model.initializer.stddev) == (Toy, 3, 0.1)
    assert model(np.float32([[1, 10]])).numpy().tolist() == [[31.0, 41.0, 52.0]]


def test_the_average_is_used_where_there_is_one_unless_declined(tmp_path: Path) -> None:
    save_toy(tmp_path, model=toy_state(1.0), ema=toy_state(2.0))
    biases = [float(checkpoints.load(tmp_path, ema=ema).dense.bias[0]) for ema in (None, True, False)]
    assert biases == [2.0, 2.0, 1.0]


def test_the_origin_of_a_model(tmp_path: Path) -> None:
    path = save_toy(tmp_path, 7, model=toy_state(1.0), ema=toy_state(2.0))
    for ema, group in ((None, "ema"), (False, "model")):
        model, origin = checkpoints.load_with_source(tmp_path, ema=ema)
        assert float(model.dense.bias[0]) == (2.0 if group == "ema" else 1.0)
        digest = hashlib.sha256((path / f"{group}.safetensors").read_bytes()).hexdigest()
        assert origin == (path, 7, digest, None)


def test_an_average_that_is_not_there_cannot_be_asked_for(tmp_path: Path) -> None:
    save_toy(tmp_path)
    assert float(checkpoints.load(tmp_path, ema=False).dense.bias[0]) == 1.0
    with pytest.raises(CheckpointError, match="step_00000001: expected a moving average of the weights, got none"):
        checkpoints.load(tmp_path, ema=True)


def test_a_digit_cgn_comes_back_bit_by_bit(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    cgn = digit_cgn(gain=0.3, mask_gradient="clipped")
    cgn.build()
    arrays = {name: variable.numpy() for name, variable in named_variables(cgn.variables).items()}
    constructor = keras.saving.serialize_keras_object(cgn)
    constructor.pop("build_config", None)
    checkpoints.save(tmp_path, 0, {"model": arrays}, model=constructor, config=None, keep=1)
    loaded = checkpoints.load(tmp_path)
    assert loaded.get_config() == cgn.get_config()
    assert sum(int(np.prod(v.shape)) for v in loaded.trainable_variables) == 659_992
    noise = np.random.default_rng(0).standard_normal((2, 32), np.float32)
    for ours, expected in zip(loaded(noise, [3, 4]), cgn(noise, [3, 4]), strict=True):
        assert ours.numpy().tobytes() == expected.numpy().tobytes()


def test_a_damaged_newest_one_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    save_toy(tmp_path, 1, model=toy_state(1.0))
    (save_toy(tmp_path, 2, model=toy_state(2.0)) / "model.safetensors").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"step_00000002.model.safetensors: damaged.*passed over") as caught:
        model = checkpoints.load(tmp_path)
    assert float(model.dense.bias[0]) == 1.0
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name]


def test_what_is_no_checkpoint_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty" / "checkpoints").mkdir(parents=True)
    for name, got in (("file", "a file"), ("empty", "a directory without them"), ("absent", "nothing")):
        with pytest.raises(CheckpointError) as raised:
            checkpoints.load(tmp_path / name)
        assert str(raised.value) == (
            f"{tmp_path / name}: expected a work directory (checkpoints/step_*) or a converted checkpoint (step_*), "
            f"got {got}."
        )


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    save_toy(tmp_path / "a", model={"toy/dense/kernel": np.zeros((2, 3), np.float32), "toy/x": np.zeros(1)})
    with pytest.raises(CheckpointError, match=r"\(model\): .*missing toy/dense/bias; unexpected toy/x"):
        checkpoints.load(tmp_path / "a")
    save_toy(tmp_path / "b", training={"x": np.zeros(1)})
    with pytest.raises(CheckpointError, match=r"expected the arrays of a model, got \['training'\]"):
        checkpoints.load(tmp_path / "b")


def part(class_name: str, module: str, registered_name: str | None = None, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "module": module, "registered_name": registered_name, "config": config}


LAMBDA = keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x))


@pytest.mark.parametrize(
    ("foreign", "named"),
    [
        (part("Dense", "keras.layers", units=1), "keras.layers.Dense"),
        (part("Stranger", "x", "elsewhere>Stranger", units=3), "elsewhere>Stranger"),
        (part("Guest", "x", "elsewhere>Unheard", units=3), "elsewhere>Unheard"),
        (part("function", "builtins", "elsewhere>Guest"), "elsewhere>Guest"),
        (part("Unheard", "cgn_tf.models.unheard", "cgn_tf>Unheard"), "cgn_tf>Unheard"),
        (part("function", "builtins", "cgn_tf>Toy"), "cgn_tf>Toy"),
        (part("__lambda__", "builtins", "cgn_tf>Toy", value=["", None, None]), "cgn_tf>Toy"),
        (part("system", "os"), "os.system"),
        (part("get", "keras.initializers"), "keras.initializers.get"),
        (part("Adam", "keras.optimizers"), "keras.optimizers.Adam"),
        ({"class_name": "Toy", "config": {"units": 3}}, "None.Toy"),
        (LAMBDA, "keras.layers.Lambda"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_only_known_classes_are_made(foreign: dict[str, Any], named: str, nested: bool) -> None:
    config = {**TOY, "config": {"units": 3, "initializer": ["deep", {"er": foreign}]}} if nested else foreign
    with pytest.raises(CheckpointError) as raised:
        rebuild(config, "here")
    assert str(raised.value) == (
        f"here: expected a class of cgn_tf, a registered Keras layer or a Keras initializer, got {named}; refused. "
        "Import the module that registers a layer of your own before you load."
    )


def test_a_layer_that_the_program_registered_is_made() -> None:
    guest = rebuild(part("Guest", "x", "elsewhere>Guest", units=3), "here")
    assert isinstance(guest, Guest)
    assert guest.dense.kernel.shape == (2, 3)


@pytest.mark.parametrize(
    ("constructor", "message"),
    [
        ({**TOY, "config": {"units": 3, "width": 5}}, "here: the model's constructor does not fit this version"),
        ({**TOY, "config": {"units": -3}}, "here: the model's constructor does not fit this version"),
        (part("ToyLayer", "x", "cgn_tf>ToyLayer"), "here: expected the constructor of a model, got ToyLayer"),
        ({}, "here: expected the constructor of a model, got dict"),
    ],
)
def test_a_constructor_that_does_not_fit_is_refused(constructor: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as raised:
        rebuild(constructor, "here")
    assert "\n" not in str(raised.value)


def test_rebuilding_leaves_the_constructor_as_it_was() -> None:
    before = repr(TOY)
    assert rebuild(TOY, "here").dense.kernel.shape == (2, 3)
    assert repr(TOY) == before
