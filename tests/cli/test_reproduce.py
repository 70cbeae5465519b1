"""The command that makes rows of the results table, with stages that only leave files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cgn_tf.assembly.classifier_config import TrainClassifierConfig
from cgn_tf.assembly.train_config import TrainConfig
from cgn_tf.cli.app import run as run_cli
from cgn_tf.errors import ConfigError
from cgn_tf.evaluation.config import EvaluateConfig
from cgn_tf.experiments import reproduce as reproduce_run
from cgn_tf.experiments.reproduce_config import ReproduceConfig
from cgn_tf.experiments.stages import stages
from cgn_tf.generation.config import GenerateConfig
from cgn_tf.generation.record_files import FilePlan
from cgn_tf.options.command_line import parse
from tests.datasets.image_folder import write_folder
from tests.programs import run_forked

ROOT = Path(__file__).resolve().parents[2]
METRICS = {
    "variant": "wildlife_mnist",
    "method": "cgn",
    "seed": 3,
    "training_images": 50,
    "test_accuracy": 91.25,
    "official_test_accuracy": None,
    "train_accuracy": 99.5,
    "validation_accuracy": 90.0,
    "configuration_hash": "ab12",
    "steps": 30,
}

OUTPUTS = ("--workdir=", "--output_dir=", "--output=")
SIZES = {"num_images": 1, "shapes_per_batch": 1, "images_per_mask": 1, "batches_per_file": 1}
RECORDS = FilePlan(1, 1, 1).name(0)
PRODUCTS = {
    "train": ["checkpoints/step_00000001/manifest.json"],
    "convert": ["step_00000000/manifest.json"],
    "generate": ["config.json", RECORDS, "dataset_info.json"],
    "train_classifier": ["metrics.json"],
    "evaluate": ["report.md"],
}


class Commands:
    """Stands for the commands: notes what is called, and leaves what a classifier leaves."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.codes: dict[str, int] = {}

    def __call__(self, command: str, arguments: Sequence[str]) -> int:
        self.calls.append((command, list(arguments)))
        code = self.codes.get(command, 0)
        if code == 0:
            output = next(Path(flag.partition("=")[2]) for flag in arguments if flag.startswith(OUTPUTS))
            for name in PRODUCTS[command]:
                file = output / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(SIZES if command == "generate" else METRICS))
        return code

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    fake = Commands()
    monkeypatch.setattr(reproduce_run, "run_child", fake)
    return fake


def flags(tmp_path: Path, *more: str) -> list[str]:
    return [
        "--dataset=wildlife_mnist", "--digits=sklearn", f"--workdir={tmp_path / 'runs'}",
        f"--results={tmp_path / 'results'}", *more,
    ]  # fmt: skip


def test_a_cgn_from_scratch(commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("reproduce", flags(tmp_path, "--seeds=3", "--validation_size=7", "--counterfactuals=50")) == 0
    run = tmp_path / "runs" / "wildlife_mnist" / "cgn" / "3"
    data = ["--dataset=wildlife_mnist", "--digits=sklearn", "--validation_size=7"]
    assert commands.calls == [
        ("train", ["--config=wildlife_mnist", *data, "--seed=3", f"--workdir={run}/cgn"]),
        (
            "generate",
            [
                "--config=counterfactuals_wildlife_mnist", f"--model={run}/cgn", "--num_images=50",
                "--seed=3", f"--output_dir={run}/images_50",
            ],
        ),
        (
            "train_classifier",
            [
                "--config=classifier_wildlife_mnist", *data, "--method=cgn",
                "--training_data=counterfactual", f"--counterfactuals={run}/images_50", "--seed=3",
                f"--workdir={run}/classifier",
            ],
        ),
        (
            "evaluate",
            [
                "--suite=digits", *data, f"--classifiers={run}/classifier", f"--cgns={run}/cgn",
                f"--output_dir={tmp_path}/runs/wildlife_mnist/report",
            ],
        ),
    ]  # fmt: skip
    result = json.loads((tmp_path / "results" / "wildlife_mnist" / "cgn" / "3.json").read_text())
    figures = {name: value for name, value in METRICS.items() if name != "training_images"}
    assert {name: result[name] for name in figures} == figures
    assert result["command"].startswith("python tools/reproduce.py --dataset=wildlife_mnist --methods=cgn --seeds=3 ")
    assert "--digits=sklearn --validation_size=7 --counterfactuals=50" in result["command"]
    assert result["minutes"] >= 0.0
    assert "91.25 % of the test split" in capsys.readouterr().out


def test_the_same_command_makes_only_what_is_not_done(commands: Commands, tmp_path: Path) -> None:
    commands.codes["generate"] = 1
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 1
    assert commands.names == ["train", "generate"]
    commands.codes.clear()
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 0
    assert commands.names == ["train", "generate", "generate", "train_classifier", "evaluate"]
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 0
    assert len(commands.calls) == 5
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0", "--counterfactuals=70")) == 0
    assert commands.names[5:] == ["generate", "train_classifier", "evaluate"], "the generator is that of before"


def test_a_stage_is_made_again_when_its_flag_file_changes(commands: Commands, tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    shutil.copytree(ROOT / "configs", configs)
    command = flags(tmp_path, "--methods=plain", "--seeds=0", f"--configs={configs}")
    assert run_cli("reproduce", command) == 0
    file = configs / "classifier_wildlife_mnist.flags"
    file.write_text("# another comment\n" + file.read_text())
    assert run_cli("reproduce", command) == 0
    assert commands.names == ["train_classifier", "evaluate"]
    file.write_text(file.read_text() + "--affine=0.5\n")
    assert run_cli("reproduce", command) == 0
    assert commands.names[2:] == ["train_classifier", "evaluate"], "what follows is made again, too"


@pytest.mark.parametrize("option", ["digits", "cgn_weights"])
def test_stages_are_not_done_once_a_file_is_replaced(option: str, commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "digits.npz"
    file.write_bytes(b"one")
    more = ["--methods=published_weights"] if option == "cgn_weights" else []
    command = flags(tmp_path, "--seeds=0", *more, f"--{option}={file}")
    first = "convert" if more else "train"
    stages_of_all = [first, "generate", "train_classifier", "evaluate"]
    assert run_cli("reproduce", command) == 0
    assert commands.names == stages_of_all
    assert run_cli("reproduce", command) == 0
    assert len(commands.calls) == 4
    # where the file lies does not matter
    moved = tmp_path / "elsewhere" / "digits.npz"
    moved.parent.mkdir()
    shutil.copy(file, moved)
    assert run_cli("reproduce", [*command[:-1], f"--{option}={moved}"]) == 0
    assert len(commands.calls) == 4
    # the first stage has its directory, and says what is wrong; nothing is made after it
    file.write_bytes(b"two")
    commands.codes[first] = 1
    assert run_cli("reproduce", command) == 1
    assert commands.names[4:] == [first]
    # a record of stages without contents is held to be of the file that is there
    for path in (tmp_path / "runs").rglob("stages.json"):
        stored = json.loads(path.read_text())
        done = {name: {key: value for key, value in one.items() if key != "contents"} for name, one in stored.items()}
        path.write_text(json.dumps(done))
    commands.codes.clear()
    assert run_cli("reproduce", command) == 0
    assert run_cli("reproduce", command) == 0
    assert commands.names[5:] == stages_of_all


def test_what_follows_is_made_again_even_after_a_stop_in_between(commands: Commands, tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    shutil.copytree(ROOT / "configs", configs)
    command = flags(tmp_path, "--seeds=0", f"--configs={configs}")
    assert run_cli("reproduce", command) == 0
    file = configs / "wildlife_mnist.flags"
    file.write_text(file.read_text() + "--steps=7000\n")
    commands.codes["generate"] = 143
    assert run_cli("reproduce", command) == 143
    commands.codes.clear()
    assert run_cli("reproduce", command) == 0
    assert commands.names[4:] == ["train", "generate", "generate", "train_classifier", "evaluate"]


@pytest.mark.parametrize(
    ("removed", "again"),
    [
        ("cgn/0/cgn", ["train", "generate", "train_classifier", "evaluate"]),
        ("cgn/0/cgn/checkpoints/step_00000001", ["train", "generate", "train_classifier", "evaluate"]),
        (f"cgn/0/images_200000/{RECORDS}", ["generate", "train_classifier", "evaluate"]),
        ("cgn/0/images_200000/dataset_info.json", ["generate", "train_classifier", "evaluate"]),
        ("cgn/0/classifier/metrics.json", ["train_classifier", "evaluate"]),
        ("cgn/0/images_200000", ["generate", "train_classifier", "evaluate"]),
        ("cgn/0/classifier", ["train_classifier", "evaluate"]),
        ("report", ["evaluate"]),
    ],
)
def test_a_stage_whose_product_was_removed_is_made_again(
    removed: str, again: list[str], commands: Commands, tmp_path: Path
) -> None:
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 0
    place = tmp_path / "runs" / "wildlife_mnist" / removed
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 0
    assert commands.names[4:] == again


def test_a_comma_in_the_path_reaches_every_stage_as_one_directory(commands: Commands, tmp_path: Path) -> None:
    place = tmp_path / "one, two"
    assert run_cli("reproduce", flags(place, "--seeds=0,1")) == 0
    runs = place / "runs" / "wildlife_mnist" / "cgn"
    trained = [parse(TrainClassifierConfig, given) for name, given in commands.calls if name == "train_classifier"]
    assert [one.training.counterfactuals for one in trained] == [
        (str(runs / seed / "images_200000"),) for seed in ("0", "1")
    ]
    report = parse(EvaluateConfig, commands.calls[-1][1]).request.options
    assert report.classifiers == tuple(str(runs / seed / "classifier") for seed in ("0", "1"))
    assert report.cgns == tuple(str(runs / seed / "cgn") for seed in ("0", "1"))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("counterfactuals_wildlife_mnist.flags", "counterfactuals_wildlife_mnist.flags: cannot read the file"),
        ("classifier_wildlife_mnist.flags", "classifier_wildlife_mnist.flags: cannot read the file"),
    ],
)
def test_a_missing_flag_file_is_found_before_the_first_stage(
    file: str, message: str, commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / file).unlink()
    assert run_cli("reproduce", flags(tmp_path, f"--configs={tmp_path / 'configs'}")) == 2
    assert message in capsys.readouterr().err
    assert commands.calls == []


def test_a_result_that_cannot_be_written_is_found_before_the_first_stage(
    commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "wildlife_mnist").touch()
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 1
    assert "expected a directory, got a file" in capsys.readouterr().err
    assert commands.calls == []


@pytest.mark.parametrize("method", ["cgn", "plain"])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({"cat": 30}, "--dataset=folder: expected at least two classes to tell apart, got one."),
        ({"cat": 1, "dog": 1}, "expected images for test, got none: of 2 images a --test_share of 0.1 is none; add"),
    ],
)
def test_data_that_a_classifier_refuses_are_found_before_the_first_stage(
    classes: dict[str, int],
    message: str,
    method: str,
    commands: Commands,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photos = write_folder(tmp_path / "photos", classes)
    workdir = tmp_path / "runs"
    command = ["--dataset=folder", f"--data_dir={photos}", f"--methods={method}", f"--workdir={workdir}"]
    assert run_cli("reproduce", command) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: classifier (train_classifier): ")
    assert message in told
    assert commands.calls == []
    assert not workdir.exists()


def test_a_recipe_that_divides_the_images_otherwise_is_found_before_the_first_stage(
    commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, "variant", "folder")
    photos, configs = write_folder(tmp_path / "photos", {"cat": 20, "dog": 20}), tmp_path / "configs"
    shutil.copytree(ROOT / "configs", configs)
    with (configs / "folder.flags").open("a") as file:
        file.write("--test_share=0.3\n")
    command = ["--dataset=folder", f"--data_dir={photos}", f"--workdir={tmp_path / 'runs'}", f"--configs={configs}"]
    assert run_cli("reproduce", command) == 2
    assert capsys.readouterr().err == (
        "error: cgn (train): expected --test_share=0.1, with which the report tests, got --test_share=0.3 from its "
        "file of flags; give --test_share=0.3 to this command, or take it out of the file.\n"
    )
    assert commands.calls == []
    assert run_cli("reproduce", [*command, "--seeds=0", "--test_share=0.3"]) == 0
    assert commands.names == ["train", "generate", "train_classifier", "evaluate"]


@pytest.mark.parametrize("content", ["[]", "3", "null", '{"cgn": []}', '{"cgn": {"seconds": "x", "done": []}}', "{"])
def test_a_record_of_stages_that_is_none_is_refused(
    content: str, commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "runs" / "wildlife_mnist" / "cgn" / "0" / "stages.json"
    record.parent.mkdir(parents=True)
    record.write_text(content)
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 1
    assert f"{record}: expected what this command noted of its stages" in capsys.readouterr().err
    assert commands.calls == []


def test_a_stop_is_passed_on(commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands.codes["train"] = 143
    assert run_cli("reproduce", flags(tmp_path, "--seeds=0")) == 143
    assert "wildlife_mnist/cgn/0: cgn stopped with exit code 143; the same command goes on" in capsys.readouterr().err


def test_every_method_and_a_curve(commands: Commands, tmp_path: Path) -> None:
    weights = tmp_path / "cgn.pth"
    weights.touch()
    more = ["--methods=plain,irm,gan,published_weights,cgn", f"--cgn_weights={weights}", "--seeds=0,1"]
    assert run_cli("reproduce", flags(tmp_path, *more, "--more_counterfactuals=10")) == 0
    assert commands.names == [
        *["train_classifier"] * 4,
        *["train", "generate", "train_classifier"] * 2,
        *["convert", "generate", "train_classifier"] * 2,
        *["train", "generate", "train_classifier", "generate", "train_classifier"] * 2,
        "evaluate",
    ]
    compared = commands.calls[-1][1]
    assert sum(flag.count("/classifier") for flag in compared if flag.startswith("--classifiers=")) == 12
    assert sum(flag.count("/classifier_10") for flag in compared) == 2
    assert sum(flag.count("/cgn,") + flag.endswith("/cgn") for flag in compared if flag.startswith("--cgns=")) == 4
    written = sorted(path.relative_to(tmp_path / "results").as_posix() for path in tmp_path.rglob("results/*/*/*.json"))
    assert len(written) == 10
    assert "wildlife_mnist/published_weights/1.json" in written


@pytest.mark.parametrize("dataset", ["colored_mnist", "double_colored_mnist", "wildlife_mnist"])
def test_the_configurations_of_each_variant_fit_the_commands(dataset: str) -> None:
    config = parse(ReproduceConfig, [f"--dataset={dataset}", "--methods=gan,cgn,irm,plain"])
    kinds = {"train": TrainConfig, "generate": GenerateConfig, "train_classifier": TrainClassifierConfig}
    made = {
        (method, stage.command): parse(kinds[stage.command], stage.arguments)
        for method in config.methods
        for stage in stages(config, method, 0)
    }
    assert made["gan", "train"].model.masker == "full"
    assert made["cgn", "train"].model.masker == "sigmoid"
    assert made["gan", "generate"].mode == "same_classes"
    assert made["irm", "train_classifier"].training.environments == (1.0, 0.9)
    steps = {classifier.run.steps for (_, command), classifier in made.items() if command == "train_classifier"}
    assert len(steps) == 1, "all methods have the same budget"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset=latent"], "--dataset: expected a data set with images, got latent"),
        (["--seeds=1,1"], "--seeds: expected one or several, each once"),
        (["--methods="], "--methods: expected one or several"),
        (["--methods=published_weights"], "--cgn_weights belongs to --methods=published_weights"),
        (["--methods=published_weights", "--cgn_weights=absent.pth"], "--cgn_weights: no file absent.pth"),
        (["--more_counterfactuals=200000"], "--more_counterfactuals: 200000 is --counterfactuals already"),
        (["--configs=absent"], "--configs: no directory absent"),
    ],
)
def test_contradictions_are_named(arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(ReproduceConfig, arguments)


def test_a_classifier_without_figures(
    commands: Commands, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, "test_accuracy", 123.0)
    assert run_cli("reproduce", flags(tmp_path, "--methods=plain", "--seeds=0")) == 1
    assert "metrics.json: test_accuracy: expected percent, 0 to 100, got 123.0" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_variant_end_to_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce_run, "run_child", run_forked)
    configs = tmp_path / "configs"
    configs.mkdir()
    small = {
        "colored_mnist": [
            "--shape_mechanism=deep", "--masker=sigmoid", "--discriminator=projection", "--discriminator_width=4",
            "--texture_width=4", "--steps=4",
        ],
        "counterfactuals_colored_mnist": ["--images_per_mask=2", "--truncation=1.25"],
        "gan_colored_mnist": [
            "--flagfile=colored_mnist.flags", "--shape_mechanism=conv", "--masker=full", "--freeze=shape,background",
            "--embedding_owner=texture", "--without=shape",
        ],
        "classifier_colored_mnist": [
            "--dataset=colored_mnist", "--training_data=counterfactual", "--batch_size=20", "--steps=6",
            "--validation_size=50",
        ],
    }  # fmt: skip
    for name, lines in small.items():
        (configs / f"{name}.flags").write_text("\n".join(lines))
    flags = [
        "--dataset=colored_mnist", "--digits=sklearn", "--seeds=1", "--methods=gan,cgn",
        "--counterfactuals=60", f"--configs={configs}", f"--workdir={tmp_path / 'runs'}",
        f"--results={tmp_path / 'results'}",
    ]  # fmt: skip
    assert run_cli("reproduce", flags) == 0
    for method in ("gan", "cgn"):
        result = json.loads((tmp_path / "results" / "colored_mnist" / method / "1.json").read_text())
        assert (result["method"], result["seed"], result["steps"]) == (method, 1, 6)
        assert 0.0 < result["test_accuracy"] < 60.0
        assert result["validation_accuracy"] is not None
        assert result["official_test_accuracy"] is None, "scikit-learn's digits have no such split"
    report = tmp_path / "runs" / "colored_mnist" / "report"
    evaluations = json.loads((report / "report.json").read_text())
    assert len(evaluations["classifiers"]) == 2
    assert {"report.md", "report.json", "accuracy.png", "masks.png"} <= {path.name for path in report.iterdir()}
    capfd.readouterr()
    assert run_cli("reproduce", flags) == 0
    assert capfd.readouterr().out.count("is done.") == 3 + 3 + 1


@pytest.mark.parametrize(
    ("method", "reason"), [("irm", "environments"), ("gan", "recipes"), ("published_weights", "digits")]
)
def test_methods_that_photographs_do_not_have(method: str, reason: str, tmp_path: Path) -> None:
    given = ["--dataset=folder", f"--data_dir={tmp_path}", f"--methods={method}"]
    given += [f"--cgn_weights={tmp_path}"] if method == "published_weights" else []
    with pytest.raises(ConfigError, match=f"expected cgn or plain for --dataset=folder, got {method}: .*{reason}"):
        parse(ReproduceConfig, given)


def test_results_of_photographs_stay_out_of_the_table(tmp_path: Path) -> None:
    config = parse(ReproduceConfig, ["--dataset=folder", f"--data_dir={tmp_path}", "--workdir=here"])
    assert (config.results_directory, config.num_counterfactuals) == (Path("here/results"), 50_000)
    digits = parse(ReproduceConfig, ["--dataset=colored_mnist"])
    assert (digits.results_directory, digits.num_counterfactuals) == (Path("results"), 200_000)
    named = parse(ReproduceConfig, ["--dataset=tfds:rock_paper_scissors:3.0.0", "--results=results"])
    (*_, classifier) = stages(named, "plain", 0)
    assert named.results_directory == Path("results")
    assert classifier.arguments[0] == "--config=classifier_folder"
    assert "--dataset=tfds:rock_paper_scissors:3.0.0" in classifier.arguments
    assert classifier.product == Path("runs/reproduce/tfds_rock_paper_scissors_3.0.0/plain/0/classifier/metrics.json")
