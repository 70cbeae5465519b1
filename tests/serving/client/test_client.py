from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from cgn_tf.serving.client import errors as client_errors
from cgn_tf.serving.client.client import Client, connect
from cgn_tf.serving.client.errors import ServingError
from cgn_tf.serving.client.retry import Retry
from cgn_tf.types import Triplet
from tests.serving.asked import CGN_SIGNATURES, CLASSES, NOISE_DIM
from tests.serving.running import Running, running

LABELS = [f"{factor}_label" for factor in Triplet._fields]
QUICK = Retry(attempts=3, first_wait=0.01)


@pytest.fixture(params=["grpc", "http"])
def server(request: pytest.FixtureRequest) -> Running:
    """Each transport's server, with nothing left of the test before."""
    found: Running = request.getfixturevalue(f"{request.param}_server")
    found.will()
    return found


def client(server: Running, model: str = "cgn", version: int | None = None, timeout: float = 60.0) -> Client:
    return connect(server.address, model, version, timeout, QUICK)


def given(signature: str, rows: int = 3, seed: int = 0) -> dict[str, np.ndarray]:
    """Inputs of a signature of the CGN."""
    random = np.random.default_rng(seed)

    def noise() -> np.ndarray:
        return random.standard_normal((rows, NOISE_DIM)).astype(np.float32)

    def labels(prefix: str = "") -> dict[str, np.ndarray]:
        return {prefix + name: random.integers(0, CLASSES, rows) for name in LABELS}

    share = random.uniform(0.1, 1.0, rows).astype(np.float32)
    if signature == "interpolate":
        ends = {"start_noise": noise(), "end_noise": noise()} | labels("start_") | labels("end_")
        return ends | {"fraction": share, "truncation": share[::-1].copy()}
    first = {"seed": random.integers(0, 2**40, rows)} if signature in ("sample", "png") else {"noise": noise()}
    return first | labels() | {"truncation": share}


def expected(path: Path, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    served = tf.saved_model.load(str(path)).signatures[signature]
    outputs = served(**{name: tf.constant(array) for name, array in inputs.items()})
    return {name: output.numpy() for name, output in outputs.items()}


def decoded(file: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(file)))


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape), name
        if array.dtype == np.float32:
            np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("signature", CGN_SIGNATURES)
def test_both_transports_give_the_arrays_of_the_model(
    grpc_server: Running, http_server: Running, served_models: dict[str, Path], signature: str
) -> None:
    inputs = given(signature)
    answers = []
    for server in (grpc_server, http_server):
        server.will()
        with client(server) as asking:
            answers.append(asking.predict(signature, inputs))
    for name, array in answers[0].items():
        np.testing.assert_array_equal(answers[1][name], array, err_msg=name)  # to the last bit
        assert answers[1][name].dtype == array.dtype
    assert_same(answers[0], expected(served_models["cgn"] / "2", signature, inputs))


def test_the_classifier_over_both_transports(
    grpc_server: Running, http_server: Running, served_models: dict[str, Path]
) -> None:
    colours, files = ["red", "lime", "blue"], []
    for kind, size, colour in zip(["PNG", "JPEG", "PNG"], [(9, 7), (32, 32), (200, 10)], colours, strict=True):
        file = io.BytesIO()
        Image.new("RGB", size, colour).save(file, kind)
        files.append(file.getvalue())
    wanted = expected(served_models["classifier"] / "1", "classify", {"image_bytes": np.array(files, object)})
    for server in (grpc_server, http_server):
        server.will()
        with client(server, "classifier") as asking:
            found = asking.classify(files)
            assert_same(found._asdict(), wanted)
            with pytest.raises(client_errors.RequestError, match="INVALID_ARGUMENT"):
                asking.classify([b"no image"])


def test_the_methods_fill_in_what_is_the_same_for_all(server: Running) -> None:
    seeds, labels = [3, 4, 5], Triplet(1, [2, 0, 3], 4)
    inputs = {"seed": np.array(seeds), "shape_label": np.full(3, 1), "texture_label": np.array([2, 0, 3])}
    inputs |= {"background_label": np.full(3, 4), "truncation": np.full(3, 0.5, np.float32)}
    with client(server) as asking:
        images = asking.sample(seeds, labels, truncation=0.5)
        np.testing.assert_array_equal(images, asking.predict("sample", inputs)["image"])
        assert len({image.tobytes() for image in images}) == 3
        for file, image in zip(asking.png(seeds, labels, 0.5), images, strict=True):
            np.testing.assert_array_equal(decoded(file), image)
        start, end = np.random.default_rng(0).standard_normal((2, 2, NOISE_DIM))
        ends = asking.interpolate(start, end, Triplet.same(1), Triplet.same([2, 3]), fraction=[0, 1])
        for row, noise, label in ((0, start[0], 1), (1, end[1], 3)):
            alone = {"noise": noise[None].astype(np.float32), "truncation": [1.0], **{name: [label] for name in LABELS}}
            image = asking.predict("serving_default", alone)["image"][0]
            np.testing.assert_allclose(ends[row].astype(int), image, atol=1)
        with pytest.raises(ValueError, match=r"expected one value for all, or 3, got an array of shape \(2,\)"):
            asking.sample(seeds, Triplet(1, 2, [3, 4]))


def test_the_version_is_the_highest_or_the_one_asked_for(server: Running, served_models: dict[str, Path]) -> None:
    inputs = given("serving_default")
    for version, folder in ((None, "2"), (2, "2"), (1, "1")):
        with client(server, version=version) as asking:
            assert_same(
                asking.predict("serving_default", inputs),
                expected(served_models["cgn"] / folder, "serving_default", inputs),
            )
            assert asking.metadata().version == int(folder)


def test_metadata_and_status(server: Running) -> None:
    with client(server) as asking:
        about = asking.metadata()
        assert about.version == 2
        assert about.signatures.keys() == set(CGN_SIGNATURES)
        sample = about.signatures["sample"]
        assert sample.inputs.keys() == {"seed", "truncation", *LABELS}
        assert sample.inputs["seed"] == (np.dtype(np.int64), (None,))
        assert sample.outputs["image"] == (np.dtype(np.uint8), (None, 32, 32, 3))
        assert about.signatures["png"].outputs == {"image_bytes": (np.dtype(object), (None,))}
        assert asking.status() == [(2, "AVAILABLE", "OK", ""), (1, "AVAILABLE", "OK", "")]
    with client(server, version=1) as asking:
        assert asking.status() == [(1, "AVAILABLE", "OK", "")]


@pytest.mark.parametrize(("transport", "signature"), [("grpc", "sample"), ("http", "png")])
def test_64_images_of_256_pixels(request: pytest.FixtureRequest, transport: str, signature: str) -> None:
    server = request.getfixturevalue(f"{transport}_server")
    server.will()
    inputs = given(signature, rows=64)
    with client(server, "large") as asking:
        ((name, batch),) = asking.predict(signature, inputs).items()
        assert len(batch) == 64
        for row in (0, 63):
            alone = asking.predict(signature, {key: array[row, None] for key, array in inputs.items()})[name][0]
            both = [image if signature == "sample" else decoded(image) for image in (batch[row], alone)]
            assert both[0].shape == (256, 256, 3)
            np.testing.assert_allclose(*(image.astype(int) for image in both), rtol=0, atol=1)


def test_large_messages_go_out_as_well(server: Running, served_models: dict[str, Path]) -> None:
    noise = np.random.default_rng(0).integers(256, size=(1_300, 1_300, 3), dtype=np.uint8)
    noise[..., 1] //= 2
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    assert len(file.getvalue()) > 4 * 2**20  # gRPC's limit by default
    with client(server, "classifier") as asking:
        found = asking.classify([file.getvalue()])
    wanted = expected(served_models["classifier"] / "1", "classify", {"image_bytes": np.array([file.getvalue()])})
    assert_same(found._asdict(), wanted)


# --- what goes wrong ---


def failure(server: Running, kind: type[ServingError], timeout: float = 60.0, **options: Any) -> ServingError:
    with client(server, timeout=timeout, **options) as asking, pytest.raises(kind) as caught:
        asking.predict("serving_default", given("serving_default"))
    assert type(caught.value) is kind
    return caught.value


@pytest.mark.parametrize("failures", [1, 2])
def test_unavailable_is_asked_again_until_there_is_an_answer(server: Running, failures: int) -> None:
    inputs = given("serving_default")
    with client(server) as asking:
        wanted = asking.predict("serving_default", inputs)
        server.will(*["code UNAVAILABLE"] * failures)
        assert_same(asking.predict("serving_default", inputs), wanted)
    assert server.asked == failures + 1


def test_unavailable_is_asked_as_often_as_agreed(server: Running) -> None:
    server.will(*["code UNAVAILABLE"] * 9)
    error = failure(server, client_errors.UnavailableError)
    assert server.asked == error.attempts == QUICK.attempts
    assert "got UNAVAILABLE after 3 attempts (as the test wants it); start a server there" in str(error)
    assert error.exit_code == 1


@pytest.mark.parametrize(
    ("code", "kind", "over_http"),
    [
        ("INVALID_ARGUMENT", client_errors.RequestError, "INVALID_ARGUMENT"),
        ("FAILED_PRECONDITION", client_errors.RequestError, "INVALID_ARGUMENT"),
        ("NOT_FOUND", client_errors.NotServedError, "NOT_FOUND"),
        ("RESOURCE_EXHAUSTED", client_errors.OverloadedError, "RESOURCE_EXHAUSTED"),
        ("DEADLINE_EXCEEDED", client_errors.DeadlineError, "DEADLINE_EXCEEDED"),
        ("INTERNAL", ServingError, "INTERNAL"),
        ("UNKNOWN", ServingError, "INTERNAL"),
        ("ABORTED", ServingError, "ABORTED"),
    ],
)
def test_nothing_else_is_asked_again(server: Running, code: str, kind: type[ServingError], over_http: str) -> None:
    server.will(*[f"code {code}"] * 3)
    error = failure(server, kind)
    assert server.asked == error.attempts == 1
    assert error.code == (over_http if server.address.startswith("http") else code)
    assert "as the test wants it" in str(error)


def test_the_deadline_is_of_the_whole_call(server: Running) -> None:
    with client(server) as asking:
        asking.predict("serving_default", given("serving_default"))  # the connection is there
    server.will("sleep 20")
    began = time.monotonic()
    error = failure(server, client_errors.DeadlineError, timeout=0.5)
    assert 0.4 < time.monotonic() - began < 5
    assert server.asked == error.attempts == 1
    assert "allow more time, or ask for fewer rows at once." in str(error)


def test_attempts_and_waits_share_the_deadline(server: Running) -> None:
    server.will(*["code UNAVAILABLE"] * 100)
    began = time.monotonic()
    patient = Retry(attempts=100, first_wait=0.1, longest_wait=0.4)
    with (
        connect(server.address, "cgn", timeout=1.0, retry=patient) as asking,
        pytest.raises(client_errors.UnavailableError) as caught,
    ):
        asking.predict("serving_default", given("serving_default"))
    assert time.monotonic() - began < 1.5
    assert 2 <= caught.value.attempts == server.asked < 15


def test_a_body_that_comes_byte_by_byte_does_not_stretch_the_deadline(http_server: Running) -> None:
    http_server.will("drip")
    began = time.monotonic()
    failure(http_server, client_errors.DeadlineError, timeout=0.7)
    assert 0.6 < time.monotonic() - began < 5
    assert http_server.asked == 1


def test_garbage_is_told_as_such(server: Running) -> None:
    server.will("garbage")
    kind = client_errors.AnswerError if server.address.startswith("http") else ServingError
    error = failure(server, kind)
    assert error.code == "INTERNAL"
    assert server.asked == 1


def test_a_request_that_the_graph_refuses(server: Running) -> None:
    inputs = given("serving_default") | {"texture_label": np.array([1, 7, 2])}
    with client(server) as asking:
        with pytest.raises(client_errors.RequestError) as caught:
            asking.predict("serving_default", inputs)
        message = str(caught.value)
        assert message.startswith(server.address)
        assert "signature serving_default: expected an answer, got INVALID_ARGUMENT (" in message
        assert "texture_label: expected labels in [0, 5), got" in message
        assert "got] [7]" in message
        assert message.endswith("; change what is asked.")
        assert "\n" not in message
        assert server.asked == 1
        asking.predict("serving_default", given("serving_default"))  # and goes on


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda inputs: inputs.pop("noise"), "noise"),
        (lambda inputs: inputs.update(truncation=np.array(["a", "b", "c"], object)), "truncation"),
        (lambda inputs: inputs.update(noise=inputs["noise"][:, :-1]), "7"),
    ],
)
def test_inputs_that_are_missing_or_of_another_kind(server: Running, change: Any, words: str) -> None:
    inputs = given("serving_default")
    change(inputs)
    with client(server) as asking, pytest.raises(client_errors.RequestError, match=words):
        asking.predict("serving_default", inputs)


def test_a_signature_a_version_and_a_model_that_are_not_there(server: Running) -> None:
    with client(server) as asking, pytest.raises(client_errors.RequestError, match=r'"nothing\W+ not found'):
        asking.predict("nothing", given("serving_default"))
    error = failure(server, client_errors.NotServedError, version=9)
    assert "Servable not found for request: Specific(cgn, 9)" in str(error)
    error = failure(server, client_errors.NotServedError, model="other")
    assert "Servable not found for request: Latest(other)" in str(error)
    assert server.asked == 3
    for options in ({"version": 9}, {"model": "other"}):
        with client(server, **options) as asking:
            with pytest.raises(client_errors.NotServedError, match="Could not find"):
                asking.status()
            with pytest.raises(client_errors.NotServedError, match="Servable not found"):
                asking.metadata()


@pytest.mark.parametrize("scheme", ["grpc", "http"])
def test_a_server_that_dies_in_the_middle_and_one_that_is_not_there(
    served_models: dict[str, Path], tmp_path: Path, scheme: str
) -> None:
    with running(scheme, {"cgn": served_models["cgn"]}, tmp_path / "control") as server:
        server.will("die")
        if scheme == "http":
            error: ServingError = failure(server, client_errors.AnswerError)
            assert error.attempts == 1
        else:
            # gRPC says UNAVAILABLE of it, and then nobody is there
            error = failure(server, client_errors.UnavailableError)
            assert error.attempts == QUICK.attempts
        server.process.end(1)
        assert server.asked == 1
        began = time.monotonic()
        error = failure(server, client_errors.UnavailableError)
        assert error.attempts == QUICK.attempts
        assert time.monotonic() - began < 5
        assert server.address in str(error)
        assert "refused" in str(error)
