"""The trainer of a run: networks, losses and optimizers, ready for the first step."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cgn_tf.build.losses import build_gram_bank, build_terms
from cgn_tf.build.networks import Networks, build_critic, build_networks
from cgn_tf.config.train import OptimizerConfig, TrainConfig
from cgn_tf.data.digit_dataset import DigitData
from cgn_tf.data.latent import latent_labels
from cgn_tf.losses.terms import REFERENCE_TERMS
from cgn_tf.training.cgn_trainer import CGNTrainer
from cgn_tf.training.draws import noise_of
from cgn_tf.training.loss_scale import LossScale
from cgn_tf.types import Triplet

_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
_CALIBRATION_IMAGES = 16


def build_trainer(config: TrainConfig, data: DigitData | None) -> CGNTrainer:
    """Call it in the scope of the strategy; `data` is None for latent data."""
    keras.config.set_dtype_policy(_POLICIES[config.distribution.mixed_precision])
    seed = config.run.seed
    active = {term for term, weight in config.loss.weights().items() if weight}
    networks = build_networks(config.model, seed, bool(active & REFERENCE_TERMS), "background" in active)
    cgn = networks.cgn
    for factor, mechanism in zip(Triplet._fields, cgn.mechanisms, strict=True):
        mechanism.trainable = factor not in config.optimizer.freeze
        if config.distribution.gradient_checkpointing:
            mechanism.recomputes = True
    critic = build_critic(config.model, seed, cgn.image_size)
    optimizers = Triplet(*(build_optimizer(config.optimizer, factor, config.run.steps) for factor in Triplet._fields))
    terms = build_terms(
        config.loss, seed, saliency=networks.saliency, images=lambda: _reference_images(config, networks, data)
    )
    return CGNTrainer(
        cgn,
        terms,
        optimizers,
        config.run.batch_size,
        config.optimizer.embedding_owner,
        critic,
        None if critic is None else build_optimizer(config.optimizer, "critic", config.run.steps),
        config.optimizer.ema_decay,
        None if data is None else build_gram_bank(config.loss, terms, data),
        LossScale() if config.distribution.mixed_precision == "float16" else None,
        config.distribution.micro_batches,
        networks.reference,
        config.model.truncation,
        config.optimizer.freeze_norms_from,
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
    """`rate` up to step `begin`, then linearly down to 0 at step `end`; times step / `warm_up` in the first steps."""

    def __init__(self, rate: float, begin: int, end: int, warm_up: int = 0) -> None:
        self.rate, self.begin, self.end, self.warm_up = rate, begin, end, warm_up

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        rate = self.rate * keras.ops.clip((self.end - step) / (self.end - self.begin), 0.0, 1.0)
        return rate * keras.ops.minimum((step + 1.0) / self.warm_up, 1.0) if self.warm_up else rate

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "begin": self.begin, "end": self.end, "warm_up": self.warm_up}


def _reference_images(config: TrainConfig, networks: Networks, data: DigitData | None) -> Any:
    """Some images that the run compares with, the same ones whenever it goes on."""
    first = tf.constant(0, tf.int64)
    if data is not None:
        return data.batch(first, _CALIBRATION_IMAGES)["image"]
    if networks.reference is None:
        raise ValueError("expected a reference generator for features of latent data.")
    cgn = networks.cgn
    labels = latent_labels(first, _CALIBRATION_IMAGES, cgn.num_classes, config.run.seed)
    noise = noise_of(cgn, _CALIBRATION_IMAGES, [config.run.seed, 0], config.model.truncation)
    images = [networks.reference(noise[i : i + 1], labels[i : i + 1]) for i in range(_CALIBRATION_IMAGES)]
    return tf.concat(images, axis=0)
