"""The configuration of `tools/convert.py`."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option, path_option
from cgn_tf.options.paths import PathUse


@dataclass(frozen=True)
class ConvertConfig:
    """Which foreign weights to read, and where to write the checkpoint."""

    source: str = option(
        "torch",
        "Format of the input. torch: a PyTorch file, a CGN of the reference (cgn.pth, or a digit checkpoint), "
        "biggan-deep-*-pytorch_model.bin, u2net.pth, u2netp.pth, or a classifier: efficientnet-lite0-*.pth, "
        "resnet50-*.pth, pt_inception-2015-12-05-6726825d.pth. onnx: u2net.onnx or u2netp.onnx, as rembg ships them; a "
        "name that ends in .onnx says so, too. hub: a BigGAN-deep module of TF-Hub. parts: a CGN at the start of its "
        "training, made of `backbone` and `masker`.",
        choices=("torch", "onnx", "hub", "parts"),
    )
    input: str = path_option(
        "",
        "torch and onnx: the file. hub: a handle (https://tfhub.dev/deepmind/biggan-deep-256/1, or OWNER/MODEL/"
        "FRAMEWORK/VARIATION of Kaggle), a module's directory, or its .tar.gz.",
        PathUse.READ,
        addresses=True,
    )
    backbone: str = path_option(
        "",
        "parts: BigGAN-deep, as `input` of hub, as PyTorch file, or as a directory that this command wrote.",
        PathUse.READ,
        addresses=True,
    )
    masker: str = path_option(
        "",
        "parts: u2net.pth, u2netp.pth, u2net.onnx, u2netp.onnx, or a directory that this command wrote.",
        PathUse.READ,
    )
    reversed_truncation: bool = option(
        False,
        "Of PyTorch files: interpolate between the truncation statistics as the PyTorch ports do, with the shares "
        "exchanged.",
    )
    output: str = path_option("", "New or empty directory for the checkpoint. Required.", PathUse.WRITE_DIRECTORY)

    def __post_init__(self) -> None:
        check_options(self)
        needed = ("backbone", "masker") if self.source == "parts" else ("input",)
        for name in ("input", "backbone", "masker"):
            given = getattr(self, name)
            if name in needed and not given:
                raise ConfigError(
                    f"`{name}`: expected weights for `source={self.source}`, got none; for example {_EXAMPLES[name]}."
                )
            if name not in needed and given:
                raise ConfigError(f"`{name}` contradicts `source={self.source}`, which takes {_flags(needed)}.")
        if not self.output:
            raise ConfigError("`output`: expected a directory to write, got none; for example `output=runs/converted`.")


_EXAMPLES = {
    "input": "`input=cgn.pth`",
    "backbone": "`backbone=biggan-deep-256.tar.gz`",
    "masker": "`masker=u2net.pth`",
}


def _flags(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)
