"""BigGAN-deep from a made-up state dict of HuggingFace's port, against its arithmetic written out here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cgn_tf.models.folding import for_inference
from cgn_tf.weights.assignment import own_variables
from cgn_tf.weights.torch_biggan import biggan_from_state
from cgn_tf.weights.torch_checkpoint import TorchCheckpointError

State = dict[str, np.ndarray]
BLOCKS = ((16, 16), (16, 16), (16, 16), (16, 8), (8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1))
WIDTH, CLASSES, DIMENSIONS = 4, 10, 8


def layer_of(block: int) -> str:
    """The attention is layer 8."""
    return f"generator.layers.{block if block < 8 else block + 1}"


def made_up_state() -> State:
    """Every key of the port at 128 pixels; u and v are those of one power step, as its converter leaves them."""
    random = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return random.standard_normal(shape, np.float32)

    state = {"embeddings.weight": normal(DIMENSIONS, CLASSES)}

    def spectral(name: str, *shape: int, bias: bool = False) -> None:
        weight = normal(*shape) / np.sqrt(np.prod(shape[1:]), dtype=np.float32)
        matrix = weight.reshape(shape[0], -1)
        v = matrix.T @ normal(shape[0])
        v /= np.linalg.norm(v)
        u = matrix @ v
        state[f"{name}.weight_orig"], state[f"{name}.weight_v"] = weight, v
        state[f"{name}.weight_u"] = u / np.linalg.norm(u)
        if bias:
            state[f"{name}.bias"] = 0.1 * normal(shape[0])

    def statistics(name: str, channels: int) -> None:
        state[f"{name}.running_means"] = 0.3 * normal(51, channels)
        state[f"{name}.running_vars"] = np.abs(0.3 * normal(51, channels)) + np.float32(0.5)

    spectral("generator.gen_z", 256 * WIDTH, 2 * DIMENSIONS, bias=True)
    for i, (before, after) in enumerate(BLOCKS):
        middle = before * WIDTH // 4
        for j in range(4):
            name, channels = f"{layer_of(i)}.bn_{j}", middle if j else before * WIDTH
            statistics(name, channels)
            spectral(f"{name}.scale", channels, 2 * DIMENSIONS)
            spectral(f"{name}.offset", channels, 2 * DIMENSIONS)
        spectral(f"{layer_of(i)}.conv_0", middle, before * WIDTH, 1, 1, bias=True)
        spectral(f"{layer_of(i)}.conv_1", middle, middle, 3, 3, bias=True)
        spectral(f"{layer_of(i)}.conv_2", middle, middle, 3, 3, bias=True)
        spectral(f"{layer_of(i)}.conv_3", after * WIDTH, middle, 1, 1, bias=True)
    for kind, outputs, inputs in (("theta", 1, 8), ("phi", 1, 8), ("g", 4, 8), ("o_conv", 8, 4)):
        spectral(f"generator.layers.8.snconv1x1_{kind}", outputs, inputs, 1, 1)
    state["generator.layers.8.gamma"] = np.array([0.7], np.float32)
    statistics("generator.bn", WIDTH)
    state["generator.bn.weight"], state["generator.bn.bias"] = 0.35 + 0.05 * normal(WIDTH), 0.1 * normal(WIDTH)
    spectral("generator.conv_to_rgb", WIDTH, WIDTH, 3, 3, bias=True)
    return state


class Port:
    """The port's forward pass in NumPy, NHWC; `reversed_shares` for its own way between two rows of statistics."""

    def __init__(self, state: State, truncation: float, reversed_shares: bool) -> None:
        self.state = state
        self.row = int(50 * truncation)
        self.share = 50 * truncation - self.row
        if reversed_shares and self.share:
            self.share = 1 - self.share

    def weight(self, name: str) -> np.ndarray:
        weight = self.state[f"{name}.weight_orig"]
        sigma = self.state[f"{name}.weight_u"] @ weight.reshape(len(weight), -1) @ self.state[f"{name}.weight_v"]
        return np.asarray(weight / sigma)

    def conv(self, name: str, x: Any) -> np.ndarray:
        y = np.asarray(tf.nn.conv2d(x, self.weight(name).transpose(2, 3, 1, 0), 1, "SAME"))
        return y + self.state.get(f"{name}.bias", np.float32(0))

    def norm(self, name: str, x: np.ndarray, condition: np.ndarray) -> np.ndarray:
        mean, variance = (
            (1 - self.share) * table[self.row] + self.share * table[min(self.row + 1, 50)]
            for table in (self.state[f"{name}.running_{kind}"] for kind in ("means", "vars"))
        )
        normalised = (x - mean) / np.sqrt(variance + 1e-4)
        if f"{name}.weight" in self.state:
            return np.asarray(normalised * self.state[f"{name}.weight"] + self.state[f"{name}.bias"])
        gain, bias = ((condition @ self.weight(f"{name}.{kind}").T)[:, None, None] for kind in ("scale", "offset"))
        return np.asarray(normalised * (1 + gain) + bias)

    def block(self, name: str, x: np.ndarray, condition: np.ndarray, enlarge: bool) -> np.ndarray:
        h = x
        for j in range(4):
            h = np.maximum(self.norm(f"{name}.bn_{j}", h, condition), 0)
            h = self.conv(f"{name}.conv_{j}", h.repeat(2, 1).repeat(2, 2) if enlarge and j == 1 else h)
        skip = x[..., : h.shape[-1]]
        return h + (skip.repeat(2, 1).repeat(2, 2) if enlarge else skip)

    def attention(self, name: str, x: np.ndarray) -> np.ndarray:
        batch, height, width, channels = x.shape

        def pooled(y: np.ndarray) -> np.ndarray:
            return y.reshape(batch, height // 2, 2, width // 2, 2, -1).max((2, 4)).reshape(batch, -1, y.shape[-1])

        theta = self.conv(f"{name}.snconv1x1_theta", x).reshape(batch, height * width, -1)
        phi, g = (pooled(self.conv(f"{name}.snconv1x1_{kind}", x)) for kind in ("phi", "g"))
        weights = tf.nn.softmax(theta @ phi.transpose(0, 2, 1)).numpy()
        attended = (weights @ g).reshape(batch, height, width, channels // 2)
        return np.asarray(x + self.state[f"{name}.gamma"] * self.conv(f"{name}.snconv1x1_o_conv", attended))

    def __call__(self, noise: np.ndarray, labels: list[int]) -> np.ndarray:
        condition = np.concatenate([noise, self.state["embeddings.weight"].T[labels]], axis=1)
        x = condition @ self.weight("generator.gen_z").T + self.state["generator.gen_z.bias"]
        x = x.reshape(-1, 4, 4, 16 * WIDTH)
        for i in range(len(BLOCKS)):
            if i == 8:
                x = self.attention("generator.layers.8", x)
            x = self.block(layer_of(i), x, condition, i % 2 == 1)
        x = np.maximum(self.norm("generator.bn", x, condition), 0)
        return np.tanh(self.conv("generator.conv_to_rgb", x)[..., :3])


@pytest.fixture
def state() -> State:
    return made_up_state()


def noise() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((2, DIMENSIONS), np.float32)


@pytest.mark.parametrize(
    ("truncation", "reversed_truncation"), [(0.5, False), (0.365, False), (0.365, True), (1, True)]
)
def test_the_images_are_the_ports(truncation: float, reversed_truncation: bool, state: State) -> None:
    biggan = biggan_from_state(state, "x.bin", 128, reversed_truncation)
    expected = Port(state, truncation, reversed_truncation)(noise(), [3, 9])
    assert expected.shape == (2, 128, 128, 3)
    assert expected.std() > 0.05
    images = np.asarray(biggan(noise(), [3, 9], truncation))
    difference = float(np.abs(images - expected).max())
    print(f"port at {truncation}: largest difference {difference:.2e}")
    assert difference <= 1e-4
    np.testing.assert_allclose(for_inference(biggan)(noise(), [3, 9], truncation), expected, rtol=0, atol=1e-4)


def test_the_ports_way_between_the_rows_is_another(state: State) -> None:
    biggan, port = (biggan_from_state(state, "x.bin", reversed_truncation=way) for way in (False, True))
    for truncation, differs in ((0.365, True), (0.3, False), (0.54, False), (1.0, False)):
        images, theirs = (np.asarray(model(noise(), [3, 9], truncation)) for model in (biggan, port))
        assert (np.abs(images - theirs).max() > 1e-2) == differs, truncation


def test_sizes_come_from_the_shapes(state: State) -> None:
    biggan = biggan_from_state(state, "x.bin")
    assert (biggan.resolution, biggan.width, biggan.num_classes, biggan.noise_dim) == (128, WIDTH, CLASSES, DIMENSIONS)
    assert biggan.sigma_epsilon == 0
    assert not biggan.reversed_truncation
    assert biggan_from_state(state, "x.bin", reversed_truncation=True).reversed_truncation


def test_layouts(state: State) -> None:
    values = {name: variable.numpy() for name, variable in own_variables(biggan_from_state(state, "x.bin")).items()}
    np.testing.assert_array_equal(values["class_embedding/embeddings"], state["embeddings.weight"].T)
    np.testing.assert_array_equal(values["from_noise/kernel"], state["generator.gen_z.weight_orig"].T)
    # block 8 comes after the attention, which is layer 8
    kernel, weight = values["block8/conv1/kernel"], state["generator.layers.9.conv_1.weight_orig"]
    np.testing.assert_array_equal(kernel[0, 2, 1], weight[:, 1, 0, 2])
    np.testing.assert_array_equal(
        values["block9/norm2/statistics"][:, 1], state["generator.layers.10.bn_2.running_vars"]
    )
    np.testing.assert_array_equal(
        values["block7/norm1/statistics"][:, 0], state["generator.layers.7.bn_1.running_means"]
    )


def test_the_power_step_from_u0_finds_the_ports_vectors(state: State) -> None:
    values = {name: variable.numpy() for name, variable in own_variables(biggan_from_state(state, "x.bin")).items()}
    for ours, theirs in {
        "from_noise": "generator.gen_z",
        "block0/conv1": "generator.layers.0.conv_1",
        "block3/conv0": "generator.layers.3.conv_0",
        "block9/conv3": "generator.layers.10.conv_3",
        "attention/theta": "generator.layers.8.snconv1x1_theta",
        "to_rgb": "generator.conv_to_rgb",
    }.items():
        matrix = values[f"{ours}/kernel"].reshape(-1, values[f"{ours}/kernel"].shape[-1])
        v = matrix @ values[f"{ours}/u0"][0]
        v /= np.linalg.norm(v)
        u = v @ matrix
        expected = state[f"{theirs}.weight_v"]
        weight = state[f"{theirs}.weight_orig"]
        if weight.ndim == 4:  # their v runs over input channels first
            expected = expected.reshape(weight.shape[1:]).transpose(1, 2, 0).reshape(-1)
        np.testing.assert_allclose(v, expected, rtol=0, atol=1e-4, err_msg=ours)
        np.testing.assert_allclose(u / np.linalg.norm(u), state[f"{theirs}.weight_u"], rtol=0, atol=1e-4, err_msg=ours)


def test_vectors_from_before_the_last_training_step_will_do(state: State) -> None:
    """Of a mechanism that has been trained: the optimiser moved the kernel after the power step."""
    random = np.random.default_rng(2)
    for key in [key for key in state if key.endswith("weight_orig")]:
        moved = 1e-3 * random.standard_normal(state[key].shape, np.float32)
        state[key] = state[key] * (1 + moved)
    expected = Port(state, 0.5, False)(noise(), [3, 9])
    images = np.asarray(biggan_from_state(state, "x.bin")(noise(), [3, 9], 0.5))
    assert float(np.abs(images - expected).mean()) < 1e-3


def test_everything_that_does_not_fit_is_named(state: State) -> None:
    del state["generator.layers.3.bn_1.scale.weight_u"], state["generator.bn.running_vars"]
    state["generator.layers.3.bn_1.scale.bias"] = np.zeros(4, np.float32)
    state["generator.layers.8.gamma"] = np.zeros((), np.float32)
    state["generator.layers.9.conv_1.weight_orig"] = state["generator.layers.9.conv_1.weight_orig"][:, :1]
    state["generator.conv_to_rgb.bias"] = state["generator.conv_to_rgb.bias"].astype(np.float64)
    with pytest.raises(TorchCheckpointError) as caught:
        biggan_from_state(state, "x.bin")
    message = str(caught.value)
    for part in (
        "x.bin is not a BigGAN-deep at 128 pixels: ",
        "missing generator.layers.3.bn_1.scale.weight_u",
        "missing generator.bn.running_vars",
        "unexpected generator.layers.3.bn_1.scale.bias",
        "generator.layers.8.gamma has shape (), expected (1,)",
        "generator.layers.9.conv_1.weight_orig has shape (2, 1, 3, 3), expected (2, 2, 3, 3)",
        "generator.conv_to_rgb.bias is float64, expected float32",
    ):
        assert part in message
    assert message.count(";") == 5


def test_another_resolution_than_needed(state: State) -> None:
    with pytest.raises(TorchCheckpointError, match=r"^x\.bin: expected a BigGAN-deep of resolution 256, got 128 \(by"):
        biggan_from_state(state, "x.bin", 256)


def test_a_number_of_layers_that_no_resolution_has(state: State) -> None:
    fewer = {key: array for key, array in state.items() if not key.startswith("generator.layers.10.")}
    with pytest.raises(TorchCheckpointError, match=r"the 11, 13 or 15 generator.layers.\* .*, got 10\."):
        biggan_from_state(fewer, "x.bin")
    del state["generator.gen_z.weight_orig"]
    with pytest.raises(TorchCheckpointError, match=r"^x\.bin: expected generator\.gen_z\.weight_orig and the 11"):
        biggan_from_state(state, "x.bin")


@pytest.mark.parametrize("rows", [256 * 5, 1000, 0])
def test_a_width_that_cannot_be(rows: int, state: State) -> None:
    state["generator.gen_z.weight_orig"] = np.zeros((rows, 2 * DIMENSIONS), np.float32)
    with pytest.raises(
        TorchCheckpointError, match=rf"of shape \(256·width, d\), width a multiple of 4; got \({rows}, 16"
    ):
        biggan_from_state(state, "x.bin")


def test_no_embedding(state: State) -> None:
    del state["embeddings.weight"]
    with pytest.raises(TorchCheckpointError, match=r"^x\.bin: expected matrices embeddings\.weight and generator"):
        biggan_from_state(state, "x.bin")


@pytest.mark.parametrize("change", ["another v", "another u", "u the other way round", "zeros"])
def test_vectors_that_do_not_belong_to_their_kernel_are_named(change: str, state: State) -> None:
    key = "generator.layers.4.conv_2"
    random = np.random.default_rng(3)
    u, v = state[f"{key}.weight_u"], state[f"{key}.weight_v"]
    state[f"{key}.weight_v"] = random.permutation(v) if change == "another v" else v
    state[f"{key}.weight_u"] = {
        "another u": random.permutation(u), "u the other way round": -u, "zeros": 0 * u
    }.get(change, u)  # fmt: skip
    message = rf"^x\.bin: {key}: expected weight_u and weight_v of the power iteration on weight_orig, got others"
    with pytest.raises(TorchCheckpointError, match=message):
        biggan_from_state(state, "x.bin")


@pytest.mark.parametrize("part", ["weight_orig", "weight_u", "weight_v"])
def test_numbers_that_are_none_are_named(part: str, state: State) -> None:
    state[f"generator.layers.4.conv_2.{part}"].flat[1] = np.nan
    with pytest.raises(
        TorchCheckpointError, match=r"^x\.bin: generator\.layers\.4\.conv_2: expected finite weight_orig"
    ):
        biggan_from_state(state, "x.bin")
