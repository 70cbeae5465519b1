"""The options of a training run: which data, and which networks."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.config.options import ConfigError, check_options, option


@dataclass(frozen=True)
class DataConfig:
    """Which images stand for the real ones."""

    dataset: str = option(
        "colored_mnist",
        "Real images, a variant of the digits; latent: none, noise and labels alone, for --reference=generator.",
        choices=("colored_mnist", "double_colored_mnist", "wildlife_mnist", "latent"),
    )
    digits: str = option(
        "tfds", "Digits: sklearn (bundled, no download), tfds (downloads MNIST), or a path of an .npz."
    )
    textures: str = option(
        "tfds", "Textures of wildlife_mnist: procedural (no download), tfds (downloads DTD), or a directory."
    )
    data_dir: str = option("", "Where TFDS keeps its data; empty: its own default.")
    held_out: int = option(
        0, "The last so many training digits are not trained on: they are there to make choices on.", minimum=0
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class ModelConfig:
    """The mechanisms, the masker, what they are compared with, and the critic."""

    mechanisms: str = option(
        "conv",
        "conv: the small nets of the digits; biggan: three copies of BigGAN-deep.",
        choices=("conv", "biggan"),
    )
    backbone: str = option(
        "",
        "BigGAN-deep that the mechanisms start as: a tfhub.dev or Kaggle handle, a module's directory or .tar.gz, a "
        "PyTorch file, what tools/convert.py wrote; or random, untrained, of --backbone_width.",
    )
    backbone_width: int = option(4, "Channels of the last block of a random backbone; 128 as published.", minimum=4)
    backbone_resolution: int = option(256, "Pixels of a random backbone: 128, 256 or 512.", minimum=128, maximum=512)
    masker: str = option(
        "clip",
        "From premask to mask: clip, as in the paper; sigmoid, of a deeper shape mechanism; a frozen U²-Net or "
        "U²-NetP, which the background loss asks, too; or opaque, 1 everywhere: the texture mechanism draws the whole "
        "image, and the CGN is a class-conditional GAN.",
        choices=("clip", "sigmoid", "opaque", "u2net", "u2netp"),
    )
    masker_weights: str = option(
        "", "Its weights: u2net.pth, u2netp.pth, what tools/convert.py wrote; or random, seeded and untrained."
    )
    reference: str = option(
        "data",
        "Images to compare with: data, the batch's real ones; generator, those of a frozen generator for the same "
        "noise and labels.",
        choices=("data", "generator"),
    )
    generator: str = option(
        "", "Directory of that generator, a BigGAN-deep or a CGN; empty: the backbone, as it was before training."
    )
    truncation: float = option(
        1.0, "Factor on the noise in training, and what BigGAN's statistics are for.", above=0.0, maximum=1.0
    )
    noise_dim: int = option(32, "Width of the noise.", minimum=1)
    init: str = option("orthogonal", "Start of Dense and convolution kernels.", choices=("orthogonal", "normal"))
    gain: float = option(0.1, "Gain of that start; batch norm scales start as N(1, gain).", above=0.0)
    texture_width: int = option(
        64, "Channels at 8x8 of texture and background mechanisms of conv; 64 as published.", minimum=2
    )
    texture_kind: str = option(
        "conv",
        "Texture and background mechanisms of conv: conv, as published; deep: with a hidden layer and no norm at the "
        "end, for a GAN that draws whole images; flat: one colour an image, for data like those of colored and "
        "double-colored MNIST; canvas: a window of a learned picture of the class, for crops of photographs.",
        choices=("conv", "deep", "flat", "canvas"),
    )
    canvas_size: int = option(96, "Height and width of the pictures of --texture_kind=canvas.", minimum=32)
    mask_gradient: str = option(
        "straight_through",
        "Gradient of the mask where it is clipped: straight_through, or clipped (zero, as in the PyTorch reference).",
        choices=("straight_through", "clipped"),
    )
    critic: str = option(
        "linear",
        "Discriminator: linear and conv as in the paper, projection with batch norm, spectral with spectral norm; none "
        "needs adversarial_weight=0.",
        choices=("none", "linear", "conv", "projection", "spectral"),
    )
    critic_width: int = option(
        0, "Hidden units of the linear critic, first channels of the others; 0: the usual 512 or 32.", minimum=0
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.mechanisms == "biggan" and not self.backbone:
            raise ConfigError("--backbone: expected BigGAN-deep for --mechanisms=biggan, got none; or random.")
        if self.mechanisms == "conv" and self.backbone:
            raise ConfigError("--backbone contradicts --mechanisms=conv: set --mechanisms=biggan.")
        reads_images = self.masker in ("u2net", "u2netp")
        if reads_images and not self.masker_weights:
            raise ConfigError(f"--masker_weights: expected weights for --masker={self.masker}, got none; or random.")
        if (self.mechanisms == "biggan") != reads_images:
            raise ConfigError(
                f"--masker={self.masker} contradicts --mechanisms={self.mechanisms}: a premask of one channel is "
                "clipped, one of BigGAN is an image, which a U²-Net reads."
            )
        if self.backbone_resolution not in (128, 256, 512):
            raise ConfigError(f"--backbone_resolution: expected 128, 256 or 512, got {self.backbone_resolution}.")
        if self.generator and self.reference != "generator":
            raise ConfigError("--generator contradicts --reference=data: set --reference=generator.")
        if self.reference == "generator" and not (self.generator or self.backbone):
            raise ConfigError("--generator: expected a directory for --reference=generator, got none.")
