"""From a configuration to objects: the only place where the parts meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cgn_tf.config.train import DataConfig, LossConfig, ModelConfig, OptimizerConfig, TrainConfig
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.data.digits import load_digits
from cgn_tf.data.textures import load_textures
from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.cgn import CGN
from cgn_tf.models.critic import ConvCritic, LinearCritic, ProjectionCritic
from cgn_tf.models.digit_cgn import digit_cgn
from cgn_tf.models.features import FeatureNetwork
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.draws import draws
from cgn_tf.types import Triplet
from cgn_tf.weights.feature_weights import load_feature_weights

NUM_CLASSES = 10
IMAGE_SIZE = 32


def build_data(config: DataConfig, split: str, seed: int) -> DigitData:
    """The digit data set of a split: "train", "test" (the reference's) or "official_test"."""
    return DigitData(
        config.dataset.removesuffix("_mnist"),
        load_digits(config.digits, split, config.data_dir or None),
        load_textures(config.textures, config.data_dir or None) if config.dataset == "wildlife_mnist" else None,
        split_is_test=split != "train",
        seed=seed,
    )


def build_cgn(config: ModelConfig, seed: int) -> CGN:
    """The digit CGN with its variables, started from `seed`."""
    keras.utils.set_random_seed(seed)
    cgn = digit_cgn(
        NUM_CLASSES,
        config.noise_dim,
        init=config.init,  # type: ignore[arg-type]
        gain=config.gain,
        straight_through=config.mask_gradient == "straight_through",
    )
    cgn.build()
    return cgn


def build_critic(config: ModelConfig, seed: int) -> keras.Model | None:
    """The critic with its variables, or None."""
    if config.critic == "none":
        return None
    keras.utils.set_random_seed(seed + 1)
    critics: dict[str, tuple[type[Any], int]] = {
        "linear": (LinearCritic, 512),
        "conv": (ConvCritic, 32),
        "projection": (ProjectionCritic, 32),
    }
    critic_class, width = critics[config.critic]
    critic = critic_class(NUM_CLASSES, config.critic_width or width)
    critic(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 3), np.float32), np.zeros((1,), np.int32))
    return critic


def build_terms(config: LossConfig, seed: int, say: Callable[[str], None] = print) -> LossTerms:
    """The weighted loss terms, with the feature network where one is needed; `say` is told whose weights it has."""
    features = None
    taps = [i for i in range(4) if config.style_weights[i] or config.content_weights[i]]
    if config.uses_features:
        features = FeatureNetwork(
            config.features, taps, input_range=config.feature_range, input_size=config.feature_size or None
        )
        say(load_feature_weights(features, config.feature_weights, seed))
    return LossTerms(
        {
            "adversarial": config.adversarial_weight,
            "binary_entropy": config.binary_weight,
            "mask_size": config.mask_size_weight,
            "mask_border": config.border_weight,
            "reconstruction": config.reconstruction_weight,
            "style": float(any(config.style_weights)),
            "content": float(any(config.content_weights)),
        },
        features,
        [config.style_weights[i] for i in taps],
        [config.content_weights[i] for i in taps],
        mask_bounds=(config.mask_min, config.mask_max),
        border_width=config.border_width,
    )


def build_optimizer(config: OptimizerConfig, name: str, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of "shape", "texture", "background" or "critic" for a run of `steps`."""
    rate: Any = getattr(config, f"{name}_lr")
    if config.lr_decay_steps:
        rate = LinearDecay(rate, steps - config.lr_decay_steps, steps)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, name=name)
    return keras.optimizers.Adam(rate, config.beta_1, config.beta_2, config.epsilon, name=name)


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """`rate` up to step `begin`, then linearly down to 0 at step `end`."""

    def __init__(self, rate: float, begin: int, end: int) -> None:
        self.rate, self.begin, self.end = rate, begin, end

    def __call__(self, step: Any) -> Any:
        left = (self.end - keras.ops.cast(step, "float32")) / (self.end - self.begin)
        return self.rate * keras.ops.clip(left, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "begin": self.begin, "end": self.end}


def build_trainer(config: TrainConfig) -> CGNTrainer:
    """Model, critic, losses and optimizers, ready for the first step."""
    seed = config.run.seed
    cgn, critic = build_cgn(config.model, seed), build_critic(config.model, seed)
    optimizers = Triplet(*(build_optimizer(config.optimizer, factor, config.run.steps) for factor in Triplet._fields))
    return CGNTrainer(
        cgn,
        build_terms(config.loss, seed),
        optimizers,
        config.run.batch_size,
        config.optimizer.embedding_owner,
        critic,
        None if critic is None else build_optimizer(config.optimizer, "critic", config.run.steps),
        config.optimizer.ema_decay,
    )


def build_batches(config: TrainConfig, trainer: CGNTrainer, data: DigitData) -> Callable[[int], tf.data.Dataset]:
    """A function from a step to the data set of the batches from that step on."""
    add_draws = draws(
        trainer.cgn,
        trainer.critic,
        config.run.seed,
        config.loss.generated_labels == "paired",
        IMAGE_SIZE,
        config.loss.critic_noise,
    )

    def batch(step: Any) -> dict[str, Any]:
        real = data.batch(step, config.run.batch_size)
        return add_draws(step, {"image": real["image"], "label": real["labels"].shape})

    def batches(start: int) -> tf.data.Dataset:
        steps = tf.data.Dataset.range(start, config.run.steps)
        return steps.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)

    return batches
