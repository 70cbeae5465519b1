"""The files in deploy/ are what TF Serving, Docker and Prometheus read, and fit one another and the export."""

from __future__ import annotations

import http.server
import json
import re
import shlex
import shutil
import subprocess
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from tensorflow_serving.config import model_server_config_pb2

from cgn_tf.cli.app import run as run_cli
from cgn_tf.options.command_line import parse
from cgn_tf.serving.client.config import ClassifyConfig, ClientConfig, ImagesConfig
from cgn_tf.serving.export.batching import batching_parameters

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
GRPC, REST = 8500, 8501
MODELS = "/models"
README = (DEPLOY / "README.md").read_text()
COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.classifier.yaml", "docker-compose.gpu.yaml")

FieldType = descriptor_pb2.FieldDescriptorProto
INT64_VALUE, STRING_VALUE = ".google.protobuf.Int64Value", ".google.protobuf.StringValue"
# tensorflow-serving-api lacks these two messages of TF Serving: (field, number, type, repeated)
BATCHING = [
    ("max_batch_size", 1, INT64_VALUE, False),
    ("batch_timeout_micros", 2, INT64_VALUE, False),
    ("max_enqueued_batches", 3, INT64_VALUE, False),
    ("num_batch_threads", 4, INT64_VALUE, False),
    ("thread_pool_name", 5, STRING_VALUE, False),
    ("allowed_batch_sizes", 6, FieldType.TYPE_INT64, True),
    ("pad_variable_length_inputs", 7, FieldType.TYPE_BOOL, False),
]
PROMETHEUS = [("enable", 1, FieldType.TYPE_BOOL, False), ("path", 2, FieldType.TYPE_STRING, False)]
MONITORING = [("prometheus_config", 1, ".test.PrometheusConfig", False)]


def messages() -> dict[str, Any]:
    """Their classes by name."""
    file = descriptor_pb2.FileDescriptorProto(
        name="test.proto", package="test", syntax="proto3", dependency=[wrappers_pb2.DESCRIPTOR.name]
    )
    described = {"BatchingParameters": BATCHING, "PrometheusConfig": PROMETHEUS, "MonitoringConfig": MONITORING}
    for name, fields in described.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            label = FieldType.LABEL_REPEATED if repeated else FieldType.LABEL_OPTIONAL
            typed = {"type_name": kind} if isinstance(kind, str) else {"type": kind}
            message.field.add(name=field, number=number, label=label, **typed)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"test.{name}")) for name in described}


def parsed(name: str, message: Any) -> Any:
    """A file of TF Serving; an unknown field or a wrong type is an error."""
    return text_format.Parse((DEPLOY / name).read_text(), message)


def models(name: str = "models_with_classifier.config") -> dict[str, str]:
    """Name → directory."""
    config = parsed(name, model_server_config_pb2.ModelServerConfig())
    return {model.name: model.base_path for model in config.model_config_list.config}


def compose(name: str = "docker-compose.yaml") -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())["services"]


def as_flags(arguments: list[str]) -> dict[str, str]:
    return dict(argument.removeprefix("--").split("=", 1) for argument in arguments)


def mounts(volumes: list[str]) -> dict[str, str]:
    """Path in the container → path outside; all are read only."""
    assert all(volume.endswith(":ro") for volume in volumes)
    return {inside: outside for outside, inside in (volume[:-3].rsplit(":", 1) for volume in volumes)}


def commands(readme: Path = DEPLOY / "README.md") -> list[list[str]]:
    """The command lines in a README."""
    blocks = re.findall(r"^```sh\n(.*?)```", readme.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


def test_all_models_share_the_threads_and_nothing_else() -> None:
    shared = parsed("batching.config", messages()["BatchingParameters"]())
    assert {field.name for field, _ in shared.ListFields()} == {"num_batch_threads"}
    assert shared.num_batch_threads.value >= 1


@pytest.mark.parametrize("rows", [1, 2, 3, 16, 1000, 1024])
def test_each_model_brings_the_batches_that_it_takes(rows: int) -> None:
    batching = text_format.Parse(batching_parameters(rows), messages()["BatchingParameters"]())
    assert batching.max_batch_size.value == rows
    sizes = list(batching.allowed_batch_sizes)
    assert sizes == sorted(set(sizes))  # TF Serving demands both
    assert sizes[-1] == rows
    assert sizes[0] == 1
    assert batching.batch_timeout_micros.value <= 2_000  # of a request to a digit model that takes 3 ms
    assert batching.max_enqueued_batches.value >= 1
    assert not batching.HasField("num_batch_threads")


def test_a_misspelt_field_would_be_noticed() -> None:
    with pytest.raises(text_format.ParseError, match="max_batchsize"):
        text_format.Parse("max_batchsize { value: 3 }", messages()["BatchingParameters"]())


def test_the_models_are_where_the_export_writes_them() -> None:
    outputs = [
        argument.removeprefix("--output_dir=")
        for command in commands()
        if command[:2] == ["python", "tools/export.py"]
        for argument in command
        if argument.startswith("--output_dir=")
    ]
    assert models() == {Path(output).name: f"{MODELS}/{Path(output).name}" for output in outputs}
    assert set(models()) == {
        ClientConfig(images=ImagesConfig(output_dir="runs/served")).model_name,
        ClientConfig(task="classify", classify=ClassifyConfig(files=("a.png",))).model_name,
    }
    outside = mounts(compose()["serving"]["volumes"])[MODELS]
    default = re.fullmatch(r"\$\{MODELS:-(.*)\}", outside)
    assert default is not None
    # compose takes paths from the folder of its file, the export from that of the project
    assert {(DEPLOY / default[1]).resolve()} == {(DEPLOY.parent / output).resolve().parent for output in outputs}


def test_a_cgn_is_served_alone_unless_a_classifier_is_asked_for() -> None:
    both = models()
    assert list(both) == ["cgn", "classifier"]
    assert models("models.config") == {"cgn": both["cgn"]}
    alone, besides = (mounts(compose(name)["serving"]["volumes"]) for name in COMPOSE_FILES[:2])
    (path,) = besides  # compose lets the later file mount something else in the same place
    assert (alone[path], besides[path]) == ("./models.config", "./models_with_classifier.config")
    first = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    assert "classifier" not in first


class Answering(http.server.BaseHTTPRequestHandler):
    """Says of the model of the path what a server says that has it in `state`."""

    state = "AVAILABLE"

    def do_GET(self) -> None:
        body = json.dumps({"model_version_status": [{"version": "1", "state": self.state}]}, indent=1)
        self.send_response(200 if self.path == "/v1/models/cgn" else 404)
        self.end_headers()
        self.wfile.write(body.encode() if self.path == "/v1/models/cgn" else b"{}")

    def log_message(self, *arguments: Any) -> None:
        """Nothing is printed."""


def test_the_health_check_asks_whether_the_cgn_is_loaded() -> None:
    kind, *command = compose()["serving"]["healthcheck"]["test"]
    assert kind == "CMD"
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}, and there is none")
    with http.server.HTTPServer(("localhost", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        here = [word.replace(f"/{REST}", f"/{server.server_port}") for word in command]
        assert here != command
        try:
            for state, code in (("AVAILABLE", 0), ("LOADING", 1)):
                Answering.state = state
                assert subprocess.run(here, timeout=20, check=False).returncode == code, state
        finally:
            server.shutdown()
            thread.join()
    assert subprocess.run(here, timeout=20, check=False, stderr=subprocess.DEVNULL).returncode != 0  # nobody listens


def test_compose_mounts_what_its_server_reads() -> None:
    server = compose()["serving"]
    flags, inside = as_flags(server["command"]), mounts(server["volumes"])
    assert server["entrypoint"] == ["tensorflow_model_server"]
    assert (flags["port"], flags["rest_api_port"]) == (str(GRPC), str(REST))
    assert flags["enable_batching"] == flags["enable_per_model_batching_parameters"] == "true"
    files = {name: path for name, path in flags.items() if name.endswith("_file")}
    assert files.keys() == {"model_config_file", "batching_parameters_file", "monitoring_config_file"}
    assert set(inside) == {MODELS, *files.values()}
    for path in files.values():
        assert inside[path] == f"./{Path(path).name}"
        assert (DEPLOY / inside[path]).is_file()
    assert server["ports"] == [f"127.0.0.1:{port}:{port}" for port in (GRPC, REST)]


def test_prometheus_reads_the_metrics_that_the_server_gives() -> None:
    monitoring = parsed("monitoring.config", messages()["MonitoringConfig"]()).prometheus_config
    assert monitoring.enable
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["scrape_configs"]
    assert job["metrics_path"] == monitoring.path
    services = compose()
    assert [target for targets in job["static_configs"] for target in targets["targets"]] == [f"serving:{REST}"]
    assert "serving" in services
    watcher = services["prometheus"]
    ((path, outside),) = mounts(watcher["volumes"]).items()
    assert as_flags(watcher["command"]) == {"config.file": path}
    assert (DEPLOY / outside).is_file()
    assert watcher["depends_on"] == ["serving"]


def test_the_images_are_those_of_the_tensorflow_that_exports() -> None:
    tag = f"tensorflow/serving:{version('tensorflow')}"
    assert compose()["serving"]["image"] == tag
    assert compose("docker-compose.gpu.yaml")["serving"]["image"] == f"{tag}-gpu"
    (device,) = compose("docker-compose.gpu.yaml")["serving"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert ":" in compose()["prometheus"]["image"]


@pytest.mark.parametrize("gpu", [False, True])
def test_docker_run_does_what_compose_does(gpu: bool) -> None:
    (command,) = [line for line in commands() if line[:2] == ["docker", "run"] and ("--gpus=1" in line) == gpu]
    server = compose()["serving"]
    image = compose("docker-compose.gpu.yaml" if gpu else "docker-compose.yaml")["serving"]["image"]
    place = command.index(image)
    expected = as_flags(server["command"])
    del expected["model_config_file_poll_wait_seconds"]
    assert as_flags(command[place + 1 :]) == expected
    options = command[2:place]
    assert [options[i + 1] for i, option in enumerate(options) if option == "-p"] == server["ports"]
    assert options[options.index("--entrypoint") + 1 :] == server["entrypoint"]
    inside = mounts([options[i + 1] for i, option in enumerate(options) if option == "-v"])
    assert inside == {MODELS: "$PWD/serving", "/deploy": "$PWD/deploy"}
    for name, path in expected.items():
        if name.endswith("_file"):
            assert (DEPLOY / Path(path).relative_to("/deploy")).is_file()


def test_compose_commands_name_files_that_are_there() -> None:
    lines = [command for command in commands() if command[:2] == ["docker", "compose"]]
    named = [line[i + 1] for line in lines for i, word in enumerate(line) if word == "-f"]
    assert {DEPLOY.parent / name for name in named} == set(DEPLOY.glob("docker-compose*.yaml"))


def test_an_export_is_a_version_that_the_server_finds(untrained: Path, tmp_path: Path) -> None:
    served = tmp_path / "serving" / Path(models()["cgn"]).name
    assert run_cli("export", [f"--model={untrained}", f"--output_dir={served}"]) == 0
    (found,) = served.iterdir()
    assert found.name == "1"  # TF Serving looks for numbers
    assert (found / "saved_model.pb").is_file()
    metadata = json.loads((found / "assets.extra" / "cgn_tf.json").read_text())
    # the place where TF Serving looks
    batching = text_format.Parse((found / "batching_params.pbtxt").read_text(), messages()["BatchingParameters"]())
    assert metadata["max_batch_size"] == batching.max_batch_size.value == 1024


@pytest.mark.parametrize(("readme", "count"), [(DEPLOY / "README.md", 1), (DEPLOY.parent / "docs" / "serving.md", 3)])
def test_the_commands_of_the_client_are_right(readme: Path, count: int) -> None:
    lines = [command[2:] for command in commands(readme) if command[:2] == ["python", "tools/client.py"]]
    assert len(lines) == count
    for line in lines:
        address = urlsplit(parse(ClientConfig, line).server)
        assert (address.hostname, address.port) == ("localhost", {"http": REST, "grpc": GRPC}[address.scheme])


def test_the_client_asks_there_by_default() -> None:
    address = urlsplit(ClientConfig(images=ImagesConfig(output_dir="runs/served")).server)
    assert (address.scheme, address.hostname, address.port) == ("http", "localhost", REST)
