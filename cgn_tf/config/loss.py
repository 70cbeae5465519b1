"""The options of a training run: its losses."""

from __future__ import annotations

from dataclasses import dataclass

from cgn_tf.config.options import ConfigError, check_options, option

LOSSES: dict[str, tuple[str, ...]] = {
    "rec": ("reconstruction", "style", "content"),
    "shape": ("binary_entropy", "mask_size", "mask_border", "mask_diversity"),
    "text": ("texture",),
    "bg": ("background",),
}
"""The paper's L_rec, L_shape, L_text and L_bg as terms."""


@dataclass(frozen=True)
class LossConfig:
    """Weight of every loss term; 0 switches a term off, and nothing of it is computed."""

    adversarial_weight: float = option(1.0, "GAN term.", minimum=0.0)
    adversarial_loss: str = option(
        "least_squares",
        "Of both players: least_squares, as in the paper, or hinge.",
        choices=("least_squares", "hinge"),
    )
    critic_noise: float = option(
        0.0,
        "Standard deviation of Gaussian noise added to the real and generated images that the critic sees; it keeps a "
        "strong critic from winning.",
        minimum=0.0,
    )
    critic_noise_end: float = option(
        -1.0, "What it comes to, linearly, at the end of the run; below 0: it stays as it is.", minimum=-1.0
    )
    binary_weight: float = option(0.1, "Binary entropy of the mask, in bits.", minimum=0.0)
    mask_size_weight: float = option(0.0, "By how much the mean of the mask leaves [mask_min, mask_max].", minimum=0.0)
    mask_min: float = option(0.1, "Lower end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)
    mask_max: float = option(0.9, "Upper end of the mask's mean without a loss.", minimum=0.0, maximum=1.0)
    border_weight: float = option(0.0, "Mean of the mask on its frame of border_width pixels.", minimum=0.0)
    border_width: int = option(4, "Pixels of that frame.", minimum=1, maximum=15)
    mask_diversity_weight: float = option(
        0.0, "By how much two masks of one class differ too little; needs --generated_labels=twins.", minimum=0.0
    )
    mask_diversity_target: float = option(
        0.5, "Their mean difference, relative to their mean, that is enough; real digits have 0.7 to 1.", above=0.0
    )
    image_diversity_weight: float = option(
        0.0, "By how much two images of one class differ too little; needs --generated_labels=twins.", minimum=0.0
    )
    image_diversity_target: float = option(
        0.4,
        "Their mean difference, relative to how far pixels are from the mean colour, that is enough; real digits have "
        "0.6 and more.",
        above=0.0,
    )
    reconstruction_weight: float = option(0.0, "L1 distance to the real image.", minimum=0.0)
    background_weight: float = option(0.0, "Mean of what the saliency network finds in the background.", minimum=0.0)
    style_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the Gram loss (squared, times 5000).", minimum=0.0
    )
    content_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0), "Weights of the four taps in the content loss.", minimum=0.0
    )
    texture_weights: tuple[float, ...] = option(
        (0.0, 0.0, 0.0, 0.0),
        "Weights of the four taps in the Gram loss of the texture against patches of the reference where the mask is "
        "high (squared, times 5000).",
        minimum=0.0,
    )
    without: tuple[str, ...] = option(
        (),
        "Losses switched off, whatever their weights: rec (reconstruction, style, content), shape (binary, size and "
        "border of the mask), text (texture), bg (background).",
        choices=("rec", "shape", "text", "bg"),
    )
    features: str = option(
        "vgg16", "Network of the style, content and texture losses.", choices=("vgg16", "squeezenet")
    )
    feature_weights: str = option(
        "imagenet", "Its weights: imagenet (downloads), random (seeded, untrained), or a path of an .npz."
    )
    feature_range: str = option(
        "caffe",
        "Its input: caffe (BGR, 0..255 minus the mean) or raw (RGB in [-1, 1], as the PyTorch reference feeds it).",
        choices=("caffe", "raw"),
    )
    feature_size: int = option(0, "Side that its input is enlarged to; 0: as it is.", minimum=0)
    tap_means: tuple[float, ...] = option(
        (),
        "Rescale the taps so that their mean activations over reference images are these four numbers: published style "
        "weights then mean for Keras' VGG16 what they meant for the network that they were published for; empty: off.",
        above=0.0,
    )
    gram_bank: int = option(
        0,
        "Compare the style with this many fixed real images of each class, whose Gram matrices are computed once, "
        "instead of with the batch's: faster, but not the same loss; 0: off.",
        minimum=0,
    )
    generated_labels: str = option(
        "paired",
        "Labels of the generated images: paired (those of the batch's real images, so that references show the same "
        "class), independent (uniform, as in the paper's digits), or twins (independent, and each label twice in a "
        "row).",
        choices=("paired", "independent", "twins"),
    )

    def __post_init__(self) -> None:
        check_options(self)
        for name in ("style_weights", "content_weights", "texture_weights", *(["tap_means"] if self.tap_means else [])):
            weights = getattr(self, name)
            if len(weights) != 4:
                raise ConfigError(f"--{name}: expected four numbers, one a tap, got {len(weights)}.")
        if self.mask_min >= self.mask_max:
            raise ConfigError(f"--mask_min: expected less than --mask_max ({self.mask_max}), got {self.mask_min}.")
        if self.critic_noise_end >= 0 and not self.critic_noise:
            raise ConfigError("--critic_noise_end needs a start: set --critic_noise.")
        for what, weight in (("mask", self.mask_diversity_weight), ("image", self.image_diversity_weight)):
            if weight and self.generated_labels != "twins":
                raise ConfigError(
                    f"--{what}_diversity_weight compares {what}s of one class: expected --generated_labels=twins, got "
                    f"{self.generated_labels}."
                )
        if self.gram_bank and not any(self.style_weights):
            raise ConfigError(f"--gram_bank={self.gram_bank} needs the style term: give it --style_weights.")
        if self.gram_bank and any(self.content_weights):
            raise ConfigError(
                f"--gram_bank={self.gram_bank} contradicts --content_weights: the content term reads the batch's real "
                "images, so that a bank would save nothing; set --gram_bank=0."
            )

    def weights(self) -> dict[str, float]:
        """Weight of every term by its name, 0 where it is off; style, content and texture have theirs in the taps."""
        weights = {
            "adversarial": self.adversarial_weight,
            "binary_entropy": self.binary_weight,
            "mask_size": self.mask_size_weight,
            "mask_border": self.border_weight,
            "mask_diversity": self.mask_diversity_weight,
            "image_diversity": self.image_diversity_weight,
            "reconstruction": self.reconstruction_weight,
            "style": float(any(self.style_weights)),
            "content": float(any(self.content_weights)),
            "texture": float(any(self.texture_weights)),
            "background": self.background_weight,
        }
        off = {term for loss in self.without for term in LOSSES[loss]}
        return {term: 0.0 if term in off else weight for term, weight in weights.items()}

    @property
    def critic_noise_moves(self) -> bool:
        """Whether the noise depends on the length of the run."""
        return self.critic_noise_end >= 0

    @property
    def taps(self) -> list[int]:
        """The taps of the feature network that any term which is on has a weight for."""
        weights = self.weights()
        return [
            i
            for i in range(4)
            if (weights["style"] and self.style_weights[i])
            or (weights["content"] and self.content_weights[i])
            or (weights["texture"] and self.texture_weights[i])
        ]
